// Making an index, putting rows, deleting, counting.
#include "index.h"

#include <cmath>
#include <new>

#include "distance.h"

using namespace franca;

uint32_t fk_abi_version(void) { return FK_ABI_VERSION; }

fk_status fk_index_create(const fk_index_options *options, fk_index **out) {
  if (!options || !out) return FK_INVALID;
  const fk_index_options &o = *options;
  if (o.dimension < 1 || o.dimension > 65536 || o.metric > FK_MANHATTAN || o.m < 2 || o.m > 64 || o.ef_construction < 8 ||
      o.ef_construction > 4096) {
    return FK_INVALID;
  }
  auto *index = new (std::nothrow) fk_index;
  if (!index) return FK_NO_MEMORY;
  index->options = o;
  index->rows.metric = fk_metric(o.metric);
  index->rows.dimension = o.dimension;
  index->rows.vectors.set_row_bytes(o.dimension * sizeof(float));
  index->rows.norms.set_row_bytes(sizeof(float));
  index->graph = new (std::nothrow) Graph(o.m, o.seed);
  if (!index->graph.load()) {
    delete index;
    return FK_NO_MEMORY;
  }
  *out = index;
  return FK_OK;
}

void fk_index_free(fk_index *index) { delete index; }

namespace {

// homes: null, or where row i stays, at homes + i * dimension.
fk_status put(fk_index *index, uint32_t first_slot, const float *vectors, const float *homes, size_t n) {
  if (!index || (n && !vectors)) return FK_INVALID;
  if (n > INT32_MAX || uint64_t(first_slot) + n > uint64_t(INT32_MAX)) return FK_INVALID;
  if (n == 0) return FK_OK;
  Rows &rows = index->rows;
  const uint32_t end = first_slot + uint32_t(n), before = rows.slots.load(std::memory_order_relaxed);
  if (!fk_all_finite(vectors, n * rows.dimension)) return FK_INVALID;
  if (first_slot < before) {
    const View present = rows.present.words.view();
    for (uint32_t slot = first_slot; slot < end && slot < before; slot++) {
      if (has(present, slot)) return FK_INVALID;
    }
  }
  const bool cosine = rows.metric == FK_COSINE;
  if (!rows.vectors.reserve(end) || (cosine && !rows.norms.reserve(end)) || !rows.present.reserve(end) ||
      !rows.deleted.reserve(end)) {
    return FK_NO_MEMORY;
  }
  RowsLock lock(rows);
  if (homes ? !reserve_homes(rows, end) : rows.has_homes.load() && !rows.homes.reserve(end)) return FK_NO_MEMORY;

  const View to = rows.vectors.view(), norms = rows.norms.view();
  const Instructions &set = instructions();
  for (size_t i = 0; i < n; i++) {
    const uint32_t slot = first_slot + uint32_t(i);
    const float *vector = vectors + i * rows.dimension;
    if (homes) {
      rows.set_home(slot, homes + i * rows.dimension);
    } else {
      rows.set_home(slot, nullptr);
      memcpy(to.row(slot), vector, rows.dimension * sizeof(float));
    }
    if (cosine) *norms.as<float>(slot) = cosine_norm(set, vector, rows.dimension);
    rows.present.set(slot);  // releases the row
  }
  if (end > before) rows.slots.store(end, std::memory_order_release);

  // A gap that was skipped, and counted as covered, has been filled: searches must scan it until the next build.
  for (uint32_t attempt = 0; index->indexed_lock.exchange(1); attempt++) wait_a_moment(attempt);
  if (first_slot < index->indexed.load()) index->indexed.store(first_slot);
  index->indexed_lock.store(0);
  return FK_OK;
}

}  // namespace

fk_status fk_index_put(fk_index *index, uint32_t first_slot, const float *vectors, size_t n) {
  return put(index, first_slot, vectors, nullptr, n);
}

fk_status fk_index_put_borrowed(fk_index *index, uint32_t first_slot, const float *vectors, const float *homes, size_t n) {
  return homes ? put(index, first_slot, vectors, homes, n) : FK_INVALID;
}

fk_status fk_index_set_deleted(fk_index *index, uint32_t slot) {
  if (!index || slot >= index->rows.slots.load(std::memory_order_acquire)) return FK_INVALID;
  if (!has(index->rows.present.words.view(), slot)) return FK_INVALID;
  if (index->rows.deleted.set(slot)) index->rows.deletions.fetch_add(1);
  return FK_OK;
}

uint32_t fk_index_slots(const fk_index *index) { return index->rows.slots.load(std::memory_order_acquire); }

uint32_t fk_index_indexed(const fk_index *index) { return index->indexed.load(std::memory_order_acquire); }

uint64_t fk_index_bytes(const fk_index *index) {
  const uint32_t side = index->gate.enter();
  const Rows &rows = index->rows;
  const uint32_t slots = rows.slots.load();
  const Codes *codes = index->codes.load();
  const uint64_t held = rows.vectors.bytes(slots), borrowed = uint64_t(rows.borrowed.load()) * rows.dimension * sizeof(float);
  uint64_t total = sizeof(fk_index) + (borrowed < held ? held - borrowed : 0) +
                   (rows.has_homes.load() ? rows.homes.bytes(slots) : 0) + rows.norms.bytes(slots) + rows.present.bytes(slots) +
                   rows.deleted.bytes(slots) + index->graph.load()->bytes() + index->scratches.bytes.load();
  if (codes) total += sizeof(Codes) + codes->mean.bytes() + codes->rows.bytes(slots);
  index->gate.leave(side);
  return total;
}

namespace franca {

bool become_busy(fk_index &index, const Progress &progress) {
  for (uint32_t attempt = 0; index.busy.exchange(1, std::memory_order_acquire); attempt++) {
#ifdef FK_NO_THREADS
    return false;
#endif
    if (progress.cancelled()) return false;
    wait_a_moment(attempt);
  }
  return true;
}

void advance_indexed(fk_index &index, uint32_t limit) {
  for (uint32_t attempt = 0; index.indexed_lock.exchange(1); attempt++) wait_a_moment(attempt);
  const RowsView rows(index.rows);
  const View members = index.graph.load()->members.words.view();
  uint32_t at = index.indexed.load();
  while (at < limit) {
    // Whole words at a time where all is covered.
    const uint32_t missing = rows.live_word(at >> 5) & ~word_of(members, at >> 5) & (0xFFFFFFFFu << (at & 31));
    if (missing) {
      at = (at & ~31u) + uint32_t(__builtin_ctz(missing));
      break;
    }
    at = (at | 31) + 1;
  }
  index.indexed.store(at < limit ? at : limit);
  index.indexed_lock.store(0);
}

void publish(fk_index &index, Graph *graph, Codes *codes) {
  Graph *old_graph = graph ? index.graph.exchange(graph) : nullptr;
  Codes *old_codes = codes ? index.codes.exchange(codes) : nullptr;
  index.gate.wait_for_readers();
  delete old_graph;
  delete old_codes;
}

}  // namespace franca
