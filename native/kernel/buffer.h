// A list of plain values that grows, and says when there is no memory instead of throwing.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace franca {

template <typename T>
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { free(data_); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  T *data() { return data_; }
  const T *data() const { return data_; }
  size_t size() const { return size_; }
  T &operator[](size_t i) { return data_[i]; }
  T &last() { return data_[size_ - 1]; }
  void shrink(size_t size) { size_ = size; }

  bool push(T value) {
    if (size_ == capacity_ && !grow(size_ + 1)) return false;
    data_[size_++] = value;
    return true;
  }

  bool append(const T *values, size_t count) {
    if (count > capacity_ - size_ && !grow(size_ + count)) return false;
    if (count) memcpy(data_ + size_, values, count * sizeof(T));
    size_ += count;
    return true;
  }

 private:
  bool grow(size_t least) {
    const size_t capacity = least > 2 * capacity_ ? (least > 64 ? least : 64) : 2 * capacity_;
    T *data = static_cast<T *>(realloc(data_, capacity * sizeof(T)));
    if (data == nullptr) return false;
    data_ = data;
    capacity_ = capacity;
    return true;
  }

  T *data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace franca
