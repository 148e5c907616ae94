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

bool is_pending(const Build &build, uint32_t slot) {
  return build.rows.live(slot) && !has(build.index.graph.load()->members.words.view(), slot);
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
    if (build.left.load() <= 0) break;
    const uint64_t slot = build.next.fetch_add(1);
    if (slot >= build.rows.slots) break;
    if (!is_pending(build, uint32_t(slot))) continue;
    if (build.left.fetch_sub(1) <= 0) break;
    const fk_status status = insert(build.index, build.rows, uint32_t(slot), *scratch, build.progress);
    if (status != FK_OK) {
      build.failed = status;
      break;
    }
    build.progress.finished_one();
    if ((slot & 31) == 0) advance_indexed(build.index, build.rows.slots);
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
  publish(index, nullptr, fresh);
  return FK_OK;
}

fk_status prepare_codes(fk_index &index, const RowsView &rows, const Progress &progress) {
  Codes *codes = index.codes.load();
  Scratch *scratch = index.scratches.take(index.options.dimension);
  if (!scratch) return FK_NO_MEMORY;
  fk_status status = FK_OK;
  bool trains = !codes;
  if (codes) {
    const Reading reading(index.gate);
    trains = codes->outgrown(rows, index.indexed.load(), scratch->floats[0].data);
  }
  if (trains) {
    status = train_codes(index, rows, scratch->floats[0].data, progress);
  } else if (codes->usable && !codes->rows.reserve(rows.slots)) {
    status = FK_NO_MEMORY;
  }
  index.scratches.give_back(scratch);
  return status;
}

// The pending slot of the highest level, when it is higher than the graph: inserted first, it is the entry for all others,
// which then never have to agree on a new one.
uint32_t highest_pending(const Build &build) {
  const Graph &graph = *build.index.graph.load();
  uint32_t best = kNone, level = uint32_t(graph.entry.load() >> 32);
  for (uint32_t slot = build.index.indexed.load(); slot < build.rows.slots; slot++) {
    if (graph.levels.of(slot) + 1 > level && is_pending(build, slot)) {
      best = slot;
      level = graph.levels.of(slot) + 1;
    }
  }
  return best;
}

fk_status run(Build &build, uint32_t threads) {
  fk_index &index = build.index;
  // Codes before graph: a search that sees the graph's new size must find codes of that size.
  const fk_status status = prepare_codes(index, build.rows, build.progress);
  if (status != FK_OK) return status;
  if (!index.graph.load()->reserve(build.rows.slots)) return FK_NO_MEMORY;
  const uint32_t first = highest_pending(build);
  if (first != kNone) {
    Scratch *scratch = index.scratches.take(index.options.dimension);
    if (!scratch) return FK_NO_MEMORY;
    const fk_status inserted = insert(index, build.rows, first, *scratch, build.progress);
    index.scratches.give_back(scratch);
    if (inserted != FK_OK) return inserted;
    build.progress.finished_one();
    build.left.fetch_sub(1);
  }
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
  Build build{*index, RowsView(index->rows), progress, {index->indexed.load()}, {max_inserts ? max_inserts : INT64_MAX}};
  const fk_status status = build.rows.slots ? run(build, threads ? threads : 1) : FK_OK;
  if (index->graph.load()->slots.load() >= build.rows.slots) advance_indexed(*index, build.rows.slots);
  end_busy(*index);
  return status;
}
