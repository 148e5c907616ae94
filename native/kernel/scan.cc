// Scans in blocks of slots: small enough to stay in the cache while every query looks at them.
#include "scan.h"

#include <algorithm>

namespace franca {
namespace {

constexpr uint32_t kBlock = 32;

// Calls visit(slots, count) for blocks of selected slots; stops at the first status that is not FK_OK.
template <class Visit>
fk_status for_blocks(const Selection &selection, uint32_t from, uint32_t to, uint32_t *seen, Visit visit) {
  uint32_t slots[kBlock], count = 0;
  for (uint32_t word = from >> 5; uint64_t(word) * 32 < to; word++) {
    uint32_t bits = selection.word(word);
    if (word == from >> 5) bits &= 0xFFFFFFFFu << (from & 31);
    if (word == to >> 5) bits &= (1u << (to & 31)) - 1;
    if (seen) seen[word - (from >> 5)] = bits;
    for (; bits; bits &= bits - 1) {
      slots[count++] = word * 32 + uint32_t(__builtin_ctz(bits));
      if (count == kBlock) {
        const fk_status status = visit(slots, count);
        if (status != FK_OK) return status;
        count = 0;
      }
    }
  }
  return count ? visit(slots, count) : FK_OK;
}

}  // namespace

void Nearest::offer(Candidate added) {
  if (size < k) {
    heap[size++] = added;
    std::push_heap(heap, heap + size);
  } else if (added < heap[0]) {
    // Sinks the newcomer from the top.
    uint32_t at = 0;
    for (;;) {
      uint32_t child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && heap[child + 1] > heap[child]) child++;
      if (heap[child] <= added) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = added;
  }
}

void Nearest::sort() { std::sort_heap(heap, heap + size); }

uint64_t Selection::count() const {
  uint64_t total = 0;
  for (uint32_t word = 0; uint64_t(word) * 32 < rows.slots; word++) {
    uint32_t bits = this->word(word);
    if (word == rows.slots >> 5) bits &= (1u << (rows.slots & 31)) - 1;
    total += uint64_t(__builtin_popcount(bits));
  }
  return total;
}

fk_status scan_rows(const Selection &selection, uint32_t from, uint32_t to, const ExactQuery *queries, Nearest *nearest,
                    size_t n, uint32_t *seen, const Progress &progress, uint64_t &scanned) {
  const RowsView &rows = selection.rows;
  const size_t ahead = rows.vectors.row_bytes < 4096 ? rows.vectors.row_bytes : 4096;
  return for_blocks(selection, from, to, seen, [&](const uint32_t *slots, uint32_t count) {
    for (size_t q = 0; q < n; q++) {
      if (progress.cancelled()) return FK_CANCELLED;
      for (uint32_t i = 0; i < count; i++) {
        if (q == 0 && i + 1 < count) prefetch_lines(rows.vector(slots[i + 1]), ahead);
        const float distance = exact_distance(queries[q], rows.vector(slots[i]), rows.norm(slots[i]));
        nearest[q].offer(candidate(distance, slots[i]));
      }
    }
    scanned += count * n;
    return FK_OK;
  });
}

fk_status scan_codes(const Selection &selection, uint32_t from, uint32_t to, const Scorer &scorer, Nearest &found,
                     const Progress &progress, uint64_t &scanned) {
  return for_blocks(selection, from, to, nullptr, [&](const uint32_t *slots, uint32_t count) {
    if (progress.cancelled()) return FK_CANCELLED;
    float keys[kBlock];
    for (uint32_t i = 0; i < count; i++) scorer.prefetch_row(slots[i]);
    scorer.score(slots, count, keys);
    for (uint32_t i = 0; i < count; i++) found.offer(candidate(keys[i], slots[i]));
    scanned += count;
    return FK_OK;
  });
}

}  // namespace franca
