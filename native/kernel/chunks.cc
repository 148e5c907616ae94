// Growth of Chunks: new chunks join the table, a full table is replaced by one twice as long.
#include "chunks.h"

#include <cstdlib>
#include <cstring>

namespace franca {

void Chunks::set_row_bytes(size_t bytes) {
  row_bytes_ = bytes;
  shift_ = 0;
  while (shift_ < 24 && (size_t(2) << shift_) * bytes <= kChunkBytes) shift_++;
  mask_ = (1u << shift_) - 1;
}

bool Chunks::reserve(uint32_t rows) {
  const size_t needed = (size_t(rows) + mask_) >> shift_;
  if (needed > capacity_) {
    size_t capacity = capacity_ ? capacity_ * 2 : 4;
    while (capacity < needed) capacity *= 2;
    auto *table = static_cast<OldTable *>(calloc(1, sizeof(OldTable) + capacity * sizeof(uint8_t *)));
    if (!table) return false;
    auto **chunks = reinterpret_cast<uint8_t **>(table + 1);
    if (count_) memcpy(chunks, table_.load(std::memory_order_relaxed), count_ * sizeof(uint8_t *));
    table->next = tables_;
    tables_ = table;
    capacity_ = capacity;
    table_.store(chunks, std::memory_order_release);
  }
  uint8_t **chunks = table_.load(std::memory_order_relaxed);
  while (count_ < needed) {
    constexpr size_t small_start = size_t(4) << 20;  // an index below this size gains nothing from huge pages
    void *pages = map_pages(chunk_bytes(), count_ ? 0 : small_start);
    if (!pages) return false;
    chunks[count_++] = static_cast<uint8_t *>(pages);
  }
  return true;
}

size_t Chunks::bytes(uint32_t rows_used) const {
  return resident_bytes(count_ * chunk_bytes(), size_t(rows_used) * row_bytes_) + capacity_ * sizeof(uint8_t *);
}

Chunks::~Chunks() {
  uint8_t **chunks = table_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < count_; i++) unmap_pages(chunks[i], chunk_bytes());
  while (tables_) {
    OldTable *next = tables_->next;
    free(tables_);
    tables_ = next;
  }
}

}  // namespace franca
