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
      !rows.deleted.reserve(end) || !index->tally.blocks.reserve(((end - 1) >> kBlockShift) + 1)) {
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
    if (slot < before) rows.deleted.clear(slot);  // a released slot keeps this bit, so that at no moment it looks alive
    rows.present.set(slot);                       // publishes the row
  }
  if (end > before) rows.slots.store(end, std::memory_order_release);
  index->puts.fetch_add(1);

  const TallyLock tally_lock(index->tally);
  for (uint32_t block = first_slot >> kBlockShift; block <= (end - 1) >> kBlockShift; block++) index->tally.blocks.set(block);
  index->tally.pending.fetch_add(uint32_t(n));
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
  const TallyLock lock(index->tally);
  if (!index->rows.deleted.set(slot)) return FK_OK;
  index->rows.deletions.fetch_add(1);
  if (index->tally.recounting.load()) return FK_OK;
  if (is_node(*index->graph.load(), slot)) index->tally.deleted_in_graph.fetch_add(1);
  else index->tally.pending.fetch_sub(1);
  return FK_OK;
}

fk_status fk_index_release(fk_index *index, const uint32_t *slots, size_t n) {
  if (!index || (n && !slots)) return FK_INVALID;
  Rows &rows = index->rows;
  const uint32_t end = rows.slots.load(std::memory_order_acquire);
  // Whoever looked at these rows while they lived has gone after this, and nobody comes to look at dead ones.
  index->gate.wait_for_readers();
  const RowsLock rows_lock(rows);
  const TallyLock lock(index->tally);
  const Graph &graph = *index->graph.load();
  const View present = rows.present.words.view(), deleted = rows.deleted.words.view();
  for (size_t i = 0; i < n; i++) {
    if (slots[i] >= end || !has(present, slots[i])) continue;
    if (!has(deleted, slots[i]) || is_node(graph, slots[i])) return FK_INVALID;
  }
  for (size_t i = 0; i < n; i++) {
    if (slots[i] >= end || !rows.present.clear(slots[i])) continue;
    rows.deletions.fetch_sub(1);
    rows.set_home(slots[i], nullptr);
  }
  return FK_OK;
}

uint32_t fk_index_slots(const fk_index *index) { return index->rows.slots.load(std::memory_order_acquire); }

uint32_t fk_index_indexed(const fk_index *index) {
  const uint32_t side = index->gate.enter();
  const uint32_t nodes = index->graph.load()->nodes.load();
  index->gate.leave(side);
  return nodes;
}

uint32_t fk_index_pending(const fk_index *index) { return index->tally.pending.load(); }

uint32_t fk_index_deleted_in_graph(const fk_index *index) { return index->tally.deleted_in_graph.load(); }

uint64_t fk_index_bytes(const fk_index *index) {
  const uint32_t side = index->gate.enter();
  const Rows &rows = index->rows;
  const uint32_t slots = rows.slots.load();
  const Codes *codes = index->graph.load()->codes.load();
  const uint64_t held = rows.vectors.bytes(slots), borrowed = uint64_t(rows.borrowed.load()) * rows.dimension * sizeof(float);
  uint64_t total = sizeof(fk_index) + (borrowed < held ? held - borrowed : 0) +
                   (rows.has_homes.load() ? rows.homes.bytes(slots) : 0) + rows.norms.bytes(slots) + rows.present.bytes(slots) +
                   rows.deleted.bytes(slots) + index->tally.blocks.bytes(slots >> kBlockShift) + index->graph.load()->bytes() +
                   index->scratches.bytes.load();
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

uint32_t next_pending(const fk_index &index, const RowsView &rows, const Graph &graph, uint64_t from, uint32_t end) {
  const View blocks = index.tally.blocks.words.view(), members = graph.members.words.view();
  const uint32_t room = graph.slots.load(std::memory_order_acquire);
  while (from < end) {
    const auto at = uint32_t(from);
    if (!has(blocks, at >> kBlockShift)) {
      // Whole words of blocks at a time where nothing is pending.
      const bool word_is_empty = word_of(blocks, at >> (kBlockShift + 5)) == 0;
      const uint64_t step = word_is_empty ? uint64_t(kBlockSlots) * 32 : kBlockSlots;
      from = (from / step + 1) * step;
      continue;
    }
    const uint32_t inside = uint64_t(at & ~31u) < room ? word_of(members, at >> 5) : 0;
    const uint32_t found = rows.live_word(at >> 5) & ~inside & (0xFFFFFFFFu << (at & 31));
    if (found) {
      const uint32_t slot = (at & ~31u) + uint32_t(__builtin_ctz(found));
      return slot < end ? slot : end;
    }
    from = (from | 31) + 1;
  }
  return end;
}

void settle_blocks(fk_index &index, uint32_t from, uint32_t to) {
  const Graph &graph = *index.graph.load();
  for (uint32_t block = from; block < to; block++) {
    if (!has(index.tally.blocks.words.view(), block)) continue;
    const TallyLock lock(index.tally);
    const RowsView rows(index.rows);  // under the lock: a put before it is seen, a put after it sets the bit again
    const uint64_t start = uint64_t(block) << kBlockShift, past = start + kBlockSlots;
    const uint32_t end = past < rows.slots ? uint32_t(past) : rows.slots;
    if (start >= end || next_pending(index, rows, graph, start, end) == end) index.tally.blocks.clear(block);
  }
}

void become_node(fk_index &index, Graph &graph, uint32_t slot) {
  const TallyLock lock(index.tally);
  graph.members.set(slot);
  graph.nodes.fetch_add(1);
  if (has(index.rows.deleted.words.view(), slot)) index.tally.deleted_in_graph.fetch_add(1);
  else index.tally.pending.fetch_sub(1);
}

void replace_graph(fk_index &index, Graph *graph) {
  // Searches that still have the old graph must not see counts of the new one, nor the other way round.
  Tally &tally = index.tally;
  Graph *old;
  {
    const TallyLock lock(tally);
    tally.recounting.store(1);
    old = index.graph.exchange(graph);
  }
  index.gate.wait_for_readers();
  delete old;
  const TallyLock lock(tally);
  const RowsView rows(index.rows);
  const View members = graph->members.words.view();
  uint32_t pending = 0, dead = 0;
  for (uint32_t word = 0; uint64_t(word) * 32 < rows.slots; word++) {
    const uint32_t inside = uint64_t(word) * 32 < graph->slots.load() ? word_of(members, word) : 0;
    const uint32_t outside = rows.live_word(word) & ~inside;
    pending += uint32_t(__builtin_popcount(outside));
    dead += uint32_t(__builtin_popcount(inside & word_of(rows.deleted, word)));
    if (word % kBlockWords == 0) tally.blocks.clear(word / kBlockWords);
    if (outside) tally.blocks.set(word / kBlockWords);
  }
  tally.pending.store(pending);
  tally.deleted_in_graph.store(dead);
  tally.recounting.store(0);
}

void replace_codes(fk_index &index, Codes *codes) {
  Codes *old = index.graph.load()->codes.exchange(codes);
  index.gate.wait_for_readers();
  delete old;
}

}  // namespace franca
