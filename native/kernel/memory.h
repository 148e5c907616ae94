// A growable array of plain values that reports a lack of memory instead of throwing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace franca {

template <class T>
struct Buffer {
  static_assert(std::is_trivially_copyable_v<T>);
  T *data = nullptr;
  size_t capacity = 0;

  Buffer() = default;
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { free(block_); }

  // Room for n values; keeps what is there, new room is zeroed. False: out of memory, nothing changed.
  bool reserve(size_t n) {
    if (n <= capacity) return true;
    size_t wanted = capacity + capacity / 2;
    if (wanted < n) wanted = n;
    if (wanted > (SIZE_MAX - 64) / sizeof(T)) return false;
    void *block = malloc(wanted * sizeof(T) + 64);
    if (!block) return false;
    T *aligned = reinterpret_cast<T *>((reinterpret_cast<uintptr_t>(block) + 63) / 64 * 64);
    if (capacity) memcpy(static_cast<void *>(aligned), data, capacity * sizeof(T));
    memset(static_cast<void *>(aligned + capacity), 0, (wanted - capacity) * sizeof(T));
    free(block_);
    block_ = block;
    data = aligned;
    capacity = wanted;
    return true;
  }

  T &operator[](size_t i) { return data[i]; }
  const T &operator[](size_t i) const { return data[i]; }
  size_t bytes() const { return capacity * sizeof(T); }

 private:
  void *block_ = nullptr;
};

}  // namespace franca
