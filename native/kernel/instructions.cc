// Picks the instruction set: the best that processor and build have, or the one a test forces.
#include "instructions.h"

#include <atomic>
#include <cstring>

#include "../include/kernel.h"

namespace franca {
namespace {

// Best first; the last runs everywhere.
size_t available(const Instructions *sets[4]) {
  size_t count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  if (avx512 && __builtin_cpu_supports("avx512vnni")) sets[count++] = &avx512vnni_instructions;
  if (avx512) sets[count++] = &avx512_instructions;
  if (__builtin_cpu_supports("avx2")) sets[count++] = &avx2_instructions;
#elif defined(__aarch64__)
  sets[count++] = &neon_instructions;
#elif defined(__wasm_simd128__)
  sets[count++] = &wasm_instructions;
#endif
  sets[count++] = &scalar_instructions;
  return count;
}

std::atomic<const Instructions *> current{nullptr};

const Instructions *best() {
  const Instructions *sets[4];
  available(sets);
  return sets[0];
}

}  // namespace

const Instructions &instructions() {
  const Instructions *set = current.load(std::memory_order_acquire);
  if (!set) current.store(set = best(), std::memory_order_release);
  return *set;
}

}  // namespace franca

using namespace franca;

const char *fk_instruction_set(void) { return instructions().name; }

fk_status fk_force_instruction_set(const char *name) {
  if (!name) {
    current.store(best(), std::memory_order_release);
    return FK_OK;
  }
  const Instructions *sets[4];
  const size_t count = available(sets);
  for (size_t i = 0; i < count; i++) {
    if (strcmp(sets[i]->name, name) == 0) {
      current.store(sets[i], std::memory_order_release);
      return FK_OK;
    }
  }
  return FK_INVALID;
}
