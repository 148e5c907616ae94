// Taking and giving back working memory.
#include "scratch.h"

#include <new>

namespace franca {
namespace {
class Guard {
 public:
  explicit Guard(std::atomic<uint8_t> &lock) : lock_(lock) {
    for (uint32_t attempt = 0; lock_.exchange(1, std::memory_order_acquire); attempt++) wait_a_moment(attempt);
  }
  ~Guard() { lock_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint8_t> &lock_;
};
}  // namespace

bool Scratch::prepare(uint32_t dimension) {
  const size_t padded = (size_t(dimension) + 63) / 64 * 64;
  for (int i = 0; i < 2; i++) {
    if (!narrow[i].reserve(padded) || !wide[i].reserve(padded) || !floats[i].reserve(padded)) return false;
  }
  return candidates.reserve(kMaxLinks + 1) && chosen.reserve((kMaxLevel + 1) * kMaxLinks);
}

uint64_t Scratch::bytes() const {
  uint64_t total = sizeof(Scratch) + pool.items.bytes() + visited.bits.bytes() + visited.touched.bytes() +
                   candidates.bytes() + chosen.bytes();
  for (int i = 0; i < 2; i++) total += narrow[i].bytes() + wide[i].bytes() + floats[i].bytes();
  return total;
}

Scratch *ScratchPool::take(uint32_t dimension) {
  Scratch *scratch;
  {
    Guard guard(lock);
    scratch = free_list;
    if (scratch) free_list = scratch->next_free;
  }
  if (scratch) {
    bytes.fetch_sub(scratch->bytes(), std::memory_order_relaxed);
    return scratch;
  }
  scratch = new (std::nothrow) Scratch;
  if (scratch && !scratch->prepare(dimension)) {
    delete scratch;
    return nullptr;
  }
  return scratch;
}

void ScratchPool::give_back(Scratch *scratch) {
  bytes.fetch_add(scratch->bytes(), std::memory_order_relaxed);
  Guard guard(lock);
  scratch->next_free = free_list;
  free_list = scratch;
}

ScratchPool::~ScratchPool() {
  while (free_list) {
    Scratch *next = free_list->next_free;
    delete free_list;
    free_list = next;
  }
}

}  // namespace franca
