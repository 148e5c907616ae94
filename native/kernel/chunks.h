// Rows of a fixed size that never move: searches may read them while a writer adds more.
// A row is found through a table of chunks; a View is that table as one search sees it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "platform.h"

namespace franca {

struct View {
  uint8_t *const *table = nullptr;
  uint32_t shift = 0;
  uint32_t mask = 0;
  size_t row_bytes = 0;

  uint8_t *row(uint32_t slot) const { return table[slot >> shift] + size_t(slot & mask) * row_bytes; }
  template <class T>
  T *as(uint32_t slot) const {
    return reinterpret_cast<T *>(row(slot));
  }
};

struct Chunks {
  Chunks() = default;
  Chunks(const Chunks &) = delete;
  Chunks &operator=(const Chunks &) = delete;
  ~Chunks();

  void set_row_bytes(size_t bytes);
  // Makes rows [0, rows) addressable and zeroed. One writer at a time. False: out of memory.
  bool reserve(uint32_t rows);
  // Rows that were reserved before the view was taken may be read through it for as long as the Chunks live.
  View view() const { return {table_.load(std::memory_order_acquire), shift_, mask_, row_bytes_}; }
  size_t bytes(uint32_t rows_used) const;
  uint32_t rows() const { return uint32_t(count_) << shift_; }

 private:
  struct OldTable {
    OldTable *next;
  };
  size_t chunk_bytes() const { return (size_t(mask_) + 1) * row_bytes_; }

  std::atomic<uint8_t **> table_{nullptr};
  OldTable *tables_ = nullptr;  // every table ever published, since a reader may still hold an old one
  size_t capacity_ = 0, count_ = 0;
  size_t row_bytes_ = 0;
  uint32_t shift_ = 0, mask_ = 0;
};

// One bit a slot, in words of 32; set and read atomically.
struct SlotBits {
  Chunks words;

  SlotBits() { words.set_row_bytes(4); }
  bool reserve(uint32_t slots) { return words.reserve((slots >> 5) + 1); }
  size_t bytes(uint32_t slots) const { return words.bytes((slots >> 5) + 1); }
  // True when the bit was clear before.
  bool set(uint32_t slot) {
    const uint32_t bit = 1u << (slot & 31);
    return !(__atomic_fetch_or(words.view().as<uint32_t>(slot >> 5), bit, __ATOMIC_ACQ_REL) & bit);
  }
  // True when the bit was set before.
  bool clear(uint32_t slot) {
    const uint32_t bit = 1u << (slot & 31);
    return __atomic_fetch_and(words.view().as<uint32_t>(slot >> 5), ~bit, __ATOMIC_ACQ_REL) & bit;
  }
};

inline uint32_t word_of(const View &bits, uint32_t word) {
  return __atomic_load_n(bits.as<uint32_t>(word), __ATOMIC_ACQUIRE);
}
inline bool has(const View &bits, uint32_t slot) { return word_of(bits, slot >> 5) >> (slot & 31) & 1; }

}  // namespace franca
