// Files mapped for reading: where the rows of sealed segments stay when memory is short.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace franca {

// Bytes of a file, shared with the page cache; unmapped with the last owner. The file must not become shorter meanwhile: reading
// past its new end ends the process (SIGBUS). Nor may it be on a medium that fails reads.
class Mapped {
 public:
  // Null, and why not, when the file cannot be mapped or is shorter than `length` (more than 0).
  static std::shared_ptr<Mapped> open(const std::string& path, size_t length, std::string* failure);
  ~Mapped();
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  const void* data() const { return data_; }
  size_t length() const { return length_; }

 private:
  Mapped(void* data, size_t length) : data_(data), length_(length) {}

  void* const data_;
  const size_t length_;
};

// What JavaScript holds; empty once given up.
struct Mapping {
  std::shared_ptr<Mapped> mapped;
};

}  // namespace franca
