// Bringing slots into the graph, on as many threads as asked for.
#include <new>

#include "index.h"

namespace franca {
namespace {

struct Build {
  fk_index &index;
  RowsView rows;
  const Progress &progress;
  std::atomic<uint64_t> next;       // slot to look at
  std::atomic<int64_t> left;        // inserts that may still begin
  std::atomic<uint32_t> failed{0};  // fk_status
};

// Takes the next pending slot; kNone when there is none.
uint32_t take_slot(Build &build) {
  const Graph &graph = *build.index.graph.load();
  for (uint64_t at = build.next.load();;) {
    const uint32_t slot = next_pending(build.index, build.rows, graph, at, build.rows.slots);
    if (slot >= build.rows.slots) return kNone;
    if (build.next.compare_exchange_weak(at, uint64_t(slot) + 1)) return slot;
  }
}

// A slot that was taken may have died since; once its row is being read, nobody may release it.
fk_status insert_live(Build &build, uint32_t slot, Scratch &scratch) {
  const Reading reading(build.index.gate);
  if (!build.rows.live(slot)) return FK_OK;
  const fk_status status = insert(build.index, build.rows, slot, scratch, build.progress);
  if (status == FK_OK) build.progress.finished_one();
  return status;
}

void insert_slots(void *context, uint32_t) {
  Build &build = *static_cast<Build *>(context);
  Scratch *scratch = build.index.scratches.take(build.index.options.dimension);
  if (!scratch) {
    build.failed = FK_NO_MEMORY;
    return;
  }
  while (!build.failed.load()) {
    if (build.progress.cancelled()) {
      build.failed = FK_CANCELLED;
      break;
    }
    if (build.left.fetch_sub(1) <= 0) break;
    const uint32_t slot = take_slot(build);
    if (slot == kNone) break;
    const fk_status status = insert_live(build, slot, *scratch);
    if (status != FK_OK) {
      build.failed = status;
      break;
    }
    // So that searches look at less and less; the block before this one may still be at work on another thread.
    const uint32_t block = slot >> kBlockShift;
    if ((slot & 63) == 0 && block >= 2) settle_blocks(build.index, block - 2, block - 1);
  }
  build.index.scratches.give_back(scratch);
}

// Learns the codes from the rows that are there, and encodes anew what the graph holds.
fk_status train_codes(fk_index &index, const RowsView &rows, float *scratch, const Progress &progress) {
  auto *fresh = new (std::nothrow) Codes;
  if (!fresh) return FK_NO_MEMORY;
  fk_status status = fresh->prepare(index.rows.metric, index.options.dimension) ? FK_OK : FK_NO_MEMORY;
  if (status == FK_OK) {
    const Reading reading(index.gate);
    status = train(*fresh, rows, progress);
  }
  if (status == FK_OK && fresh->usable && !fresh->rows.reserve(rows.slots)) status = FK_NO_MEMORY;
  const View members = index.graph.load()->members.words.view();
  const uint32_t covered = index.graph.load()->slots.load();
  for (uint32_t from = 0; status == FK_OK && fresh->usable && from < covered; from += 64) {
    const Reading reading(index.gate);
    for (uint32_t slot = from; slot < covered && slot < from + 64; slot++) {
      if (has(members, slot)) fresh->encode(rows, slot, scratch);
    }
    if (progress.cancelled()) status = FK_CANCELLED;
  }
  if (status != FK_OK) {
    delete fresh;
    return status;
  }
  fresh->encoded = fresh->clipped = 0;
  replace_codes(index, fresh);
  return FK_OK;
}

// A sample of the rows that are to be inserted, 256 or so.
uint32_t sample_pending(const fk_index &index, const RowsView &rows, uint32_t *slots, uint32_t most) {
  const Graph &graph = *index.graph.load();
  const uint32_t pending = index.tally.pending.load(), stride = pending / most + 1;
  uint32_t count = 0, seen = 0;
  for (uint64_t at = 0; count < most; seen++) {
    const uint32_t slot = next_pending(index, rows, graph, at, rows.slots);
    if (slot >= rows.slots) break;
    if (seen % stride == 0) slots[count++] = slot;
    at = uint64_t(slot) + 1;
  }
  return count;
}

// Whether the codes still fit is asked once for what was put, not once a slice: one graph comes out either way.
fk_status prepare_codes(fk_index &index, const RowsView &rows, uint64_t puts, const Progress &progress) {
  Codes *codes = index.graph.load()->codes.load();
  Scratch *scratch = index.scratches.take(index.options.dimension);
  if (!scratch) return FK_NO_MEMORY;
  fk_status status = FK_OK;
  bool trains = !codes;
  if (codes && index.codes_checked_at != puts) {
    const Reading reading(index.gate);
    constexpr uint32_t most = 256;
    uint32_t sample[most];
    const uint32_t count = sample_pending(index, rows, sample, most);
    trains = codes->outgrown(rows, sample, count, scratch->floats[0].data);
  }
  if (trains) {
    status = train_codes(index, rows, scratch->floats[0].data, progress);
  } else if (codes->usable && !codes->rows.reserve(rows.slots)) {
    status = FK_NO_MEMORY;
  }
  index.scratches.give_back(scratch);
  if (status == FK_OK) index.codes_checked_at = puts;
  return status;
}

// The pending slot of the highest level, when it is higher than the graph: inserted first, it is the entry for all others,
// which then never have to agree on a new one.
uint32_t highest_pending(const Build &build) {
  const Graph &graph = *build.index.graph.load();
  uint32_t best = kNone, level = uint32_t(graph.entry.load() >> 32);
  for (uint64_t at = 0;;) {
    const uint32_t slot = next_pending(build.index, build.rows, graph, at, build.rows.slots);
    if (slot >= build.rows.slots) return best;
    const uint32_t its_level = graph.levels.of(slot) + 1;
    if (its_level > level) {
      best = slot;
      level = its_level;
    }
    at = uint64_t(slot) + 1;
  }
}

// Brings the highest in first, if something was put since that was last done.
fk_status insert_highest(Build &build, uint64_t puts) {
  fk_index &index = build.index;
  if (index.levels_checked_at == puts) return FK_OK;
  const uint32_t first = highest_pending(build);
  fk_status status = FK_OK;
  if (first != kNone) {
    Scratch *scratch = index.scratches.take(index.options.dimension);
    if (!scratch) return FK_NO_MEMORY;
    status = insert_live(build, first, *scratch);
    index.scratches.give_back(scratch);
    build.left.fetch_sub(1);
  }
  if (status == FK_OK) index.levels_checked_at = puts;
  return status;
}

fk_status run(Build &build, uint64_t puts, uint32_t threads) {
  fk_index &index = build.index;
  // Codes before graph: a search that sees the graph's new size must find codes of that size.
  fk_status status = prepare_codes(index, build.rows, puts, build.progress);
  if (status != FK_OK) return status;
  if (!index.graph.load()->reserve(build.rows.slots)) return FK_NO_MEMORY;
  status = insert_highest(build, puts);
  if (status != FK_OK) return status;
  if (threads > 1) {
    // Nodes inserted at the same moment do not see each other, which matters only while there are few.
    constexpr int64_t few = 500;
    const int64_t nodes = index.graph.load()->nodes.load(), all = build.left.load();
    if (nodes < few) {
      const int64_t alone = all < few - nodes ? all : few - nodes;
      build.left = alone;
      insert_slots(&build, 0);
      if (build.failed.load()) return fk_status(build.failed.load());
      build.left = all - alone;
    }
  }
  run_parallel(threads, insert_slots, &build);
  return fk_status(build.failed.load());
}

}  // namespace
}  // namespace franca

using namespace franca;

fk_status fk_index_build(fk_index *index, uint32_t max_inserts, uint32_t threads, fk_control *control) {
  if (!index) return FK_INVALID;
  const Progress progress{control};
  if (!become_busy(*index, progress)) return progress.cancelled() ? FK_CANCELLED : FK_INVALID;
  forget_repair(index->repair);
  index->repair = nullptr;
  const uint64_t puts = index->puts.load();  // before the view, which then holds all of them
  Build build{*index, RowsView(index->rows), progress, {0}, {max_inserts ? max_inserts : INT64_MAX}};
  const fk_status status = index->tally.pending.load() ? run(build, puts, threads ? threads : 1) : FK_OK;
  const uint32_t slots = index->graph.load()->slots.load();
  settle_blocks(*index, 0, slots ? ((slots - 1) >> kBlockShift) + 1 : 0);
  end_busy(*index);
  return status;
}
