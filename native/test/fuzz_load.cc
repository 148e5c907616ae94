// libFuzzer harness: the first byte picks a piece size and whether the checksum is made to fit (without which no damage would
// get past it); the rest is a checkpoint. Whatever loads must then search, build and save without harm.
// An empty corpus is seeded with a true checkpoint by LLVMFuzzerInitialize.
#include <cstdio>
#include <string>

#include "data.h"

using namespace test;

namespace {

constexpr uint32_t kRows = 60, kDimension = 6;

Index filled() {
  static const Vectors data = Embeddings(kDimension, 5).make(kRows);
  Index index = make_index(kDimension, FK_EUCLIDEAN, 3, 16);
  fk_index_put(index.get(), 0, data.values.data(), kRows);
  return index;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int *count, char ***arguments) {
  std::string corpus;
  for (int i = 1; i < *count; i++) {
    if ((*arguments)[i][0] != '-') corpus = (*arguments)[i];
  }
  if (corpus.empty()) return 0;
  const Index index = filled();
  for (const uint32_t built : {0u, 20u, kRows}) {
    if (built) fk_index_build(index.get(), built, 1, nullptr);
    const auto bytes = save(index.get());
    if (FILE *file = fopen((corpus + "/true-" + std::to_string(built)).c_str(), "wb")) {
      fputc(0xFF, file);
      fwrite(bytes.data(), 1, bytes.size(), file);
      fclose(file);
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  if (length < 1) return 0;
  const uint8_t how = input[0];
  std::vector<uint8_t> bytes(input + 1, input + length);
  if (how & 1 && bytes.size() >= 4) {
    const uint32_t checksum = fk_crc32c(0, bytes.data(), bytes.size() - 4);
    memcpy(bytes.data() + bytes.size() - 4, &checksum, 4);
  }
  const Index index = filled();
  const fk_status status = load(index.get(), bytes.data(), bytes.size(), size_t(how >> 1) + 1);
  if (status != FK_OK && status != FK_CORRUPT) __builtin_trap();
  const float query[kDimension] = {0.1f, -0.2f, 0.3f, 0.1f, 0.5f, -0.4f};
  if (search(index.get(), query, 5, 16).slots.size() != 5) __builtin_trap();
  if (fk_index_build(index.get(), 0, 1, nullptr) != FK_OK) __builtin_trap();
  if (fk_index_indexed(index.get()) != kRows) __builtin_trap();
  if (status == FK_OK && save(index.get()).empty()) __builtin_trap();
  return 0;
}
