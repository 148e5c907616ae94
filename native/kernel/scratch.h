// Working memory of one search or one building thread, kept between calls: the pool, the visited bits, small lists.
#pragma once

#include <atomic>

#include "graph.h"
#include "memory.h"

namespace franca {

// A candidate as one number: the key's bits, mapped so that they order like the floats; then the slot; then whether it has
// been expanded. Comparing numbers compares keys and breaks ties by the smaller slot.
using Candidate = uint64_t;
constexpr Candidate kExpanded = 1;

inline uint32_t ordered_bits(float key) {
  uint32_t bits;
  __builtin_memcpy(&bits, &key, 4);
  return bits ^ (uint32_t(int32_t(bits) >> 31) | 0x80000000u);
}
inline float from_ordered_bits(uint32_t bits) {
  bits ^= bits & 0x80000000u ? 0x80000000u : 0xFFFFFFFFu;
  float key;
  __builtin_memcpy(&key, &bits, 4);
  return key;
}
inline Candidate candidate(float key, uint32_t slot) { return uint64_t(ordered_bits(key)) << 32 | uint64_t(slot) << 1; }
inline uint32_t slot_of(Candidate c) { return uint32_t(c) >> 1; }
inline float key_of(Candidate c) { return from_ordered_bits(uint32_t(c >> 32)); }

// The nearest candidates so far, sorted, at most `width`. One array serves as frontier and as result: the next vertex to
// expand is the first that has not been, and the search ends when there is none.
struct Pool {
  Buffer<Candidate> items;
  size_t width = 0, size = 0, next = 0;

  bool start(size_t its_width) {
    width = its_width;
    size = next = 0;
    return items.reserve(width + 1);
  }
  void insert(Candidate added) {
    Candidate *data = items.data;
    if (size == width && added >= data[size - 1]) return;
    size_t low = 0, high = size;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (data[middle] < added) low = middle + 1;
      else high = middle;
    }
    if (size < width) size++;
    memmove(data + low + 1, data + low, (size - 1 - low) * sizeof(Candidate));
    data[low] = added;
    if (low < next) next = low;
  }
  // The first candidate that has not been expanded, now marked; kNone when all have.
  uint32_t expand() {
    while (next < size && items[next] & kExpanded) next++;
    if (next == size) return kNone;
    items[next] |= kExpanded;
    return slot_of(items[next++]);
  }
  // A guess at what expand will return next, for prefetching.
  uint32_t peek() const {
    for (size_t at = next; at < size; at++) {
      if (!(items[at] & kExpanded)) return slot_of(items[at]);
    }
    return kNone;
  }
};

struct Visited {
  Buffer<uint64_t> bits;
  Buffer<uint32_t> touched;  // words that are not zero
  size_t touched_count = 0;

  bool start(uint32_t slots) {
    clear();
    const size_t words = (size_t(slots) >> 6) + 1;
    return bits.reserve(words) && touched.reserve(words);
  }
  void clear() {
    for (size_t i = 0; i < touched_count; i++) bits[touched[i]] = 0;
    touched_count = 0;
  }
  // True the first time.
  bool visit(uint32_t slot) {
    uint64_t &word = bits[slot >> 6];
    const uint64_t bit = uint64_t(1) << (slot & 63);
    if (word & bit) return false;
    touched[touched_count] = slot >> 6;
    touched_count += word == 0;
    word |= bit;
    return true;
  }
};

struct Scratch {
  Pool pool;
  Visited visited;
  Buffer<int8_t> narrow[2];  // queries as codes, of two scorers
  Buffer<int16_t> wide[2];
  Buffer<float> floats[2];
  Buffer<Candidate> candidates;
  Buffer<uint32_t> chosen;  // of a node being inserted: kMaxLinks slots a level
  Scratch *next_free = nullptr;

  // Sized for a dimension; the rest grows with use. False: out of memory.
  bool prepare(uint32_t dimension);
  uint64_t bytes() const;
};

// Scratches that nobody uses now.
struct ScratchPool {
  std::atomic<uint8_t> lock{0};
  Scratch *free_list = nullptr;
  std::atomic<uint64_t> bytes{0};  // of all, as last seen

  ~ScratchPool();
  Scratch *take(uint32_t dimension);  // null: out of memory
  void give_back(Scratch *scratch);
};

}  // namespace franca
