// Rows that stay where the host keeps them, and the memory that comes back.
//
// Chunks are shared by many slots, so memory comes back by pages: whole ones on which no present slot has its row any more.
// The order: new addresses first; then everyone who may have read an old one leaves the gate; then the pages go.
#include "index.h"

namespace franca {

bool reserve_homes(Rows &rows, uint32_t slots) {
  if (!rows.has_homes.load(std::memory_order_relaxed)) rows.homes.set_row_bytes(sizeof(float *));
  const uint32_t there = rows.slots.load();
  if (!rows.homes.reserve(slots > there ? slots : there)) return false;
  rows.has_homes.store(true, std::memory_order_release);
  return true;
}

namespace {

// Rows that the host copies at once under the lock, so that a put never waits long.
constexpr uint32_t kHeldAtOnce = 256;

bool is_present(const Rows &rows, uint32_t slot) {
  return slot < rows.slots.load(std::memory_order_relaxed) && has(rows.present.words.view(), slot);
}

// One past the last slot from `slot` on, below `limit`, whose memory nobody needs.
uint32_t end_of_unneeded(const Rows &rows, const View &present, uint32_t slot, uint32_t limit) {
  while (slot < limit && (!has(present, slot) || rows.home(slot))) slot++;
  return slot;
}

}  // namespace
}  // namespace franca

using namespace franca;

fk_status fk_index_borrow(fk_index *index, const uint32_t *slots, const float *base, const uint32_t *base_rows, size_t n) {
  if (!index || (n && (!slots || !base || !base_rows))) return FK_INVALID;
  Rows &rows = index->rows;
  RowsLock lock(rows);
  if (!reserve_homes(rows, rows.slots.load())) return FK_NO_MEMORY;
  const View deleted = rows.deleted.words.view();
  for (size_t i = 0; i < n; i++) {
    // A dead row in memory may be a stand-in for one that the host could not read: it stays.
    if (!is_present(rows, slots[i]) || (!rows.home(slots[i]) && has(deleted, slots[i]))) continue;
    rows.set_home(slots[i], base + size_t(base_rows[i]) * rows.dimension);
  }
  return FK_OK;
}

fk_status fk_index_hold(fk_index *index, const uint32_t *slots, size_t n) {
  if (!index || (n && !slots)) return FK_INVALID;
  Rows &rows = index->rows;
  const View to = rows.vectors.view();
  for (size_t from = 0; from < n; from += kHeldAtOnce) {
    RowsLock lock(rows);
    for (size_t i = from; i < n && i < from + kHeldAtOnce; i++) {
      const float *home = is_present(rows, slots[i]) ? rows.home(slots[i]) : nullptr;
      if (!home) continue;
      memcpy(to.row(slots[i]), home, rows.dimension * sizeof(float));
      rows.set_home(slots[i], nullptr);
    }
  }
  return FK_OK;
}

fk_status fk_index_settle(fk_index *index, uint32_t from_slot, uint32_t to_slot) {
  if (!index || from_slot > to_slot) return FK_INVALID;
  Rows &rows = index->rows;
  index->gate.wait_for_readers();
  if (!rows.has_homes.load()) return FK_OK;
  const uint32_t slots = rows.slots.load();
  // A page's neighbours may have been borrowed before: look at what shares the outermost pages too.
  const auto beside = uint32_t(kPageBytes / (rows.dimension * sizeof(float)) + 1);
  uint32_t at = from_slot > beside ? from_slot - beside : 0;
  const uint32_t end = to_slot < slots && slots - to_slot > beside ? to_slot + beside : slots;
  const View vectors = rows.vectors.view(), present = rows.present.words.view();
  while (at < end) {
    const uint32_t chunk_end = (at | vectors.mask) + 1;
    RowsLock lock(rows);
    const uint32_t run_end = end_of_unneeded(rows, present, at, chunk_end < end ? chunk_end : end);
    if (run_end > at) discard_pages(vectors.row(at), size_t(run_end - at) * vectors.row_bytes);
    at = run_end == chunk_end ? run_end : run_end + 1;
  }
  return FK_OK;
}

int fk_index_reads_from(const fk_index *index, const void *start, size_t bytes) {
  if (!index || !index->rows.has_homes.load()) return 0;
  const Rows &rows = index->rows;
  const auto from = reinterpret_cast<uintptr_t>(start);
  const uint32_t slots = rows.slots.load();
  for (uint32_t slot = 0; slot < slots; slot++) {
    const auto home = reinterpret_cast<uintptr_t>(rows.home(slot));
    if (is_present(rows, slot) && home >= from && home - from < bytes) return 1;
  }
  return 0;
}
