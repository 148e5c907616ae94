// Taking dead slots out of the graph.
//
//   mark     the dead vertices of this moment: they *leave*
//   relink   each vertex with links to leaving ones gets others instead, from those that the leaving ones lead to
//   enter    the entry point moves when it leaves
//   reach    what cannot be reached from the entry any more gets a way in, level by level
//   detach   the leaving ones are no nodes any more
//
// The rows of leaving vertices are never written, and each other row is written by one thread from what only it and leaving
// rows say: so the result does not depend on threads, and searches on their way through leaving vertices get out again.
// FreshDiskANN (arXiv 2105.09613) consolidates deletes alike.
#include "repair.h"

#include <new>

#include "links.h"
#include "prune.h"
#include "traverse.h"

namespace franca {
namespace {

constexpr uint32_t kMostFound = 4 * kMaxLinks;    // candidates for the links of one vertex
constexpr uint32_t kMostThrough = 2 * kMaxLinks;  // leaving vertices that are looked through for them

bool leaves(const RepairRun &run, uint32_t slot) { return slot < run.slots && has(run.leaving.words.view(), slot); }

struct Repair {
  fk_index &index;
  Graph &graph;
  const Codes &codes;
  RepairRun &run;
  RowsView rows;
  GraphView view;
  const Progress &progress;
  std::atomic<int64_t> left;        // vertices that may still be looked at
  std::atomic<uint32_t> failed{0};  // fk_status
};

fk_status mark(fk_index &index, RepairRun &run) {
  const Graph &graph = *index.graph.load();
  run.slots = graph.slots.load();
  if (!run.leaving.reserve(run.slots)) return FK_NO_MEMORY;
  const View members = graph.members.words.view(), to = run.leaving.words.view();
  const RowsView rows(index.rows);
  for (uint32_t word = 0; uint64_t(word) * 32 < run.slots; word++) {
    const uint32_t bits = word_of(members, word) & word_of(rows.deleted, word);
    store_link(to.as<uint32_t>(word), bits);
    run.count += uint32_t(__builtin_popcount(bits));
  }
  return FK_OK;
}

// Collects into `found` live vertices that the leaving neighbours of a vertex lead to, if need be through further leaving ones.
uint32_t look_through(const Repair &repair, uint32_t *through, uint32_t through_count, uint32_t level, Scratch &scratch,
                      uint32_t *found) {
  const uint32_t width = repair.view.width(level), direct = through_count;
  uint32_t count = 0;
  for (uint32_t at = 0; at < through_count; at++) {
    // All direct ones are asked; those behind them only while there are few.
    if (at >= direct && count >= width) break;
    const uint32_t *links = repair.view.links(through[at], level);
    for (uint32_t i = 0; i < width; i++) {
      const uint32_t slot = load_link(links + i);
      if (slot == kNone) break;
      if (slot >= repair.view.slots || !scratch.visited.visit(slot)) continue;
      if (leaves(repair.run, slot)) {
        if (through_count < kMostThrough) through[through_count++] = slot;
      } else if (repair.rows.live(slot) && count < kMostFound) {
        found[count++] = slot;
      }
    }
  }
  return count;
}

void offer(const Scorer &scorer, const uint32_t *slots, uint32_t count, Pool &pool) {
  float keys[kBatch];
  for (uint32_t from = 0; from < count; from += kBatch) {
    const uint32_t batch = count - from < kBatch ? count - from : uint32_t(kBatch);
    for (uint32_t i = 0; i < batch; i++) scorer.prefetch_row(slots[from + i]);
    scorer.score(slots + from, batch, keys);
    for (uint32_t i = 0; i < batch; i++) pool.insert(candidate(keys[i], slots[from + i]));
  }
}

// Adds links from the pool to the `kept` that are chosen, up to `most`: first those that no other occludes, then the nearest of
// the rest. Without the rest rows would grow shorter with every repair, since a row's own builder left room that later nodes
// filled. What is there stays: it may be the only link by which another vertex is found.
uint32_t choose_and_fill(const Pool &pool, uint32_t kept, uint32_t most, Scorer &other, Scratch &scratch, uint32_t *chosen) {
  float keys[kBatch];
  uint32_t rest[kMaxLinks], rest_count = 0;
  for (size_t i = 0; i < pool.size && kept < most; i++) {
    const uint32_t slot = slot_of(pool.items[i]);
    const float to_node = key_of(pool.items[i]);
    bool occluded = false;
    other.aim_at_slot(slot, scratch, 1);
    for (uint32_t from = 0; from < kept && !occluded; from += 8) {
      const uint32_t batch = kept - from < 8 ? kept - from : 8;
      other.score(chosen + from, batch, keys);
      for (uint32_t j = 0; j < batch; j++) occluded |= keys[j] <= to_node;
    }
    if (!occluded) chosen[kept++] = slot;
    else if (rest_count < most) rest[rest_count++] = slot;
  }
  for (uint32_t i = 0; i < rest_count && kept < most; i++) chosen[kept++] = rest[i];
  return kept;
}

void write_links(uint32_t *links, uint32_t width, const uint32_t *chosen, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) store_link(links + i, chosen[i]);
  for (uint32_t i = count; i < width; i++) store_link(links + i, kNone);
}

fk_status relink(Repair &repair, uint32_t node, uint32_t level, Scratch &scratch) {
  uint32_t *links = repair.view.links(node, level);
  const uint32_t width = repair.view.width(level);
  uint32_t chosen[kMaxLinks], through[kMostThrough], found[kMostFound];
  uint32_t kept = 0, leaving = 0;
  for (uint32_t i = 0; i < width; i++) {
    const uint32_t slot = load_link(links + i);
    if (slot == kNone) break;
    if (leaves(repair.run, slot)) through[leaving++] = slot;
    else chosen[kept++] = slot;
  }
  if (!leaving) return FK_OK;
  if (!scratch.visited.start(repair.view.slots) || !scratch.pool.start(kMostFound + kMaxLinks)) return FK_NO_MEMORY;
  scratch.visited.visit(node);
  for (uint32_t i = 0; i < kept; i++) scratch.visited.visit(chosen[i]);
  for (uint32_t i = 0; i < leaving; i++) scratch.visited.visit(through[i]);
  const uint32_t most = kept + leaving;
  const uint32_t count = look_through(repair, through, leaving, level, scratch, found);
  if (count) {
    Scorer scorer(repair.rows, repair.codes), other(repair.rows, repair.codes);
    scorer.aim_at_slot(node, scratch, 0);
    offer(scorer, found, count, scratch.pool);
    kept = choose_and_fill(scratch.pool, kept, most, other, scratch, chosen);
  }
  write_links(links, width, chosen, kept);
  return FK_OK;
}

// The next vertex at or after `from`, of at least `level`, that stays; kNone when there is none.
uint32_t next_staying(const Repair &repair, uint64_t from, uint32_t level) {
  const View leaving = repair.run.leaving.words.view();
  while (from < repair.run.slots) {
    const auto at = uint32_t(from);
    const uint32_t bits = word_of(repair.view.members, at >> 5) & ~word_of(leaving, at >> 5) & (0xFFFFFFFFu << (at & 31));
    if (!bits) {
      from = (from | 31) + 1;
      continue;
    }
    const uint32_t slot = (at & ~31u) + uint32_t(__builtin_ctz(bits));
    if (level == 0 || repair.graph.levels.of(slot) >= level) return slot;
    from = uint64_t(slot) + 1;
  }
  return kNone;
}

uint32_t take_vertex(Repair &repair) {
  for (uint64_t at = repair.run.next.load();;) {
    const uint32_t slot = next_staying(repair, at, 0);
    const uint64_t next = slot == kNone ? repair.run.slots : uint64_t(slot) + 1;
    if (repair.run.next.compare_exchange_weak(at, next)) return slot;
  }
}

void relink_vertices(void *context, uint32_t) {
  Repair &repair = *static_cast<Repair *>(context);
  Scratch *scratch = repair.index.scratches.take(repair.index.options.dimension);
  if (!scratch) {
    repair.failed = FK_NO_MEMORY;
    return;
  }
  while (!repair.failed.load()) {
    if (repair.progress.cancelled()) {
      repair.failed = FK_CANCELLED;
      break;
    }
    if (repair.left.fetch_sub(1) <= 0) break;
    const uint32_t node = take_vertex(repair);
    if (node == kNone) {
      repair.left.fetch_add(1);  // what was not used is for the next phase
      break;
    }
    const uint32_t level = repair.graph.levels.of(node);
    const Reading reading(repair.index.gate);
    for (uint32_t l = 0; l <= level && !repair.failed.load(); l++) {
      const fk_status status = relink(repair, node, l, *scratch);
      if (status != FK_OK) repair.failed = status;
    }
    repair.progress.finished_one();
  }
  repair.index.scratches.give_back(scratch);
}

// The entry is a vertex of the highest level; a live one, if there is.
void move_entry(Repair &repair) {
  const uint64_t entry = repair.graph.entry.load();
  if (!entry || !leaves(repair.run, uint32_t(entry))) return;
  uint64_t best = 0;
  bool best_lives = false;
  for (uint32_t slot, from = 0; (slot = next_staying(repair, from, 0)) != kNone; from = slot + 1) {
    const uint64_t level = repair.graph.levels.of(slot) + 1;
    const bool lives = repair.rows.live(slot);
    if (level > best >> 32 || (level == best >> 32 && lives && !best_lives)) {
      best = level << 32 | slot;
      best_lives = lives;
    }
  }
  repair.graph.entry.store(best, std::memory_order_release);
  repair.index.levels_checked_at = UINT64_MAX;
}

bool reached(const RepairRun &run, uint32_t slot) { return run.reached[slot >> 5] >> (slot & 31) & 1; }

fk_status reach(RepairRun &run, uint32_t slot) {
  if (!run.queue.reserve(run.queued + 1)) return FK_NO_MEMORY;
  run.reached[slot >> 5] |= 1u << (slot & 31);
  run.queue[run.queued++] = slot;
  return FK_OK;
}

fk_status begin_level(Repair &repair, uint32_t level) {
  RepairRun &run = repair.run;
  const size_t words = (size_t(run.slots) >> 5) + 1;
  if (!run.reached.reserve(words)) return FK_NO_MEMORY;
  memset(run.reached.data, 0, words * sizeof(uint32_t));
  run.level = level;
  run.next = 0;
  run.queued = 0;
  run.level_disturbed = false;
  return reach(run, uint32_t(repair.graph.entry.load()));
}

// The nearest vertices that the level's entry leads to, into the scratch's pool; others are dropped from it.
fk_status find_reached(Repair &repair, uint32_t node, const Scorer &scorer, Scratch &scratch) {
  const uint64_t entry = repair.graph.entry.load();
  const uint32_t level = repair.run.level;
  Walk walk(repair.view, scorer, scratch, repair.progress);
  Pool &pool = scratch.pool;
  // From above; or, where that ends in what the entry does not lead to on this level, from the entry itself.
  const uint32_t tops[] = {uint32_t(entry >> 32) - 1, level};
  for (const uint32_t top : tops) {
    const uint32_t at = descend(walk, uint32_t(entry), top, level);
    const fk_status status = walk_level(walk, at, level, repair.index.options.ef_construction);
    if (status != FK_OK) return status;
    size_t kept = 0;
    for (size_t i = 0; i < pool.size; i++) {
      const uint32_t slot = slot_of(pool.items[i]);
      if (slot != node && reached(repair.run, slot)) pool.items[kept++] = pool.items[i];
    }
    pool.size = kept;
    if (kept) return FK_OK;
  }
  return FK_OK;
}

// Gives a vertex a way in from the nearest that can be reached, and a way back.
fk_status attach(Repair &repair, uint32_t node, Scratch &scratch) {
  RepairRun &run = repair.run;
  Scorer scorer(repair.rows, repair.codes), other(repair.rows, repair.codes);
  scorer.aim_at_slot(node, scratch, 0);
  fk_status status = find_reached(repair, node, scorer, scratch);
  if (status != FK_OK) return status;
  const Pool &pool = scratch.pool;
  if (!pool.size) return reach(run, node);  // never so: the entry is reached
  constexpr size_t near_enough = 16;
  bool linked = false;
  for (size_t i = 0; i < pool.size && i < near_enough && !linked; i++) {
    linked = fill_free_place(repair.graph, repair.view, run.level, slot_of(pool.items[i]), node);
  }
  if (!linked) {
    // A link is given up for it: the newcomer gets it, but may have no room, so this level is looked at again.
    link_back(repair.graph, repair.view, scorer, other, scratch, run.level, slot_of(pool.items[0]), node, true);
    run.level_disturbed = true;
  }
  uint32_t *links = repair.view.links(node, run.level);
  if (load_link(links) == kNone) {
    const uint32_t width = repair.view.width(run.level);
    uint32_t *chosen = scratch.chosen.data;
    const uint32_t count = choose_links(pool, width, repair.view.m, repair.rows, other, scratch, chosen);
    write_links(links, width, chosen, count);
  } else {
    fill_free_place(repair.graph, repair.view, run.level, node, slot_of(pool.items[0]));
  }
  return reach(run, node);
}

// A vertex without links is a trap for searches that come to it.
fk_status lead_out(Repair &repair, uint32_t node, Scratch &scratch) {
  Scorer scorer(repair.rows, repair.codes), other(repair.rows, repair.codes);
  scorer.aim_at_slot(node, scratch, 0);
  const fk_status status = find_reached(repair, node, scorer, scratch);
  if (status != FK_OK || !scratch.pool.size) return status;
  const uint32_t width = repair.view.width(repair.run.level);
  const uint32_t count =
      choose_links(scratch.pool, width, repair.view.m, repair.rows, other, scratch, scratch.chosen.data);
  write_links(repair.view.links(node, repair.run.level), width, scratch.chosen.data, count);
  return FK_OK;
}

// Follows the links of one vertex that was reached.
fk_status spread(Repair &repair, uint32_t node, Scratch &scratch) {
  const uint32_t level = repair.run.level, width = repair.view.width(level);
  const uint32_t *links = repair.view.links(node, level);
  if (load_link(links) == kNone) {
    const fk_status status = lead_out(repair, node, scratch);
    if (status != FK_OK) return status;
  }
  for (uint32_t i = 0; i < width; i++) {
    const uint32_t slot = load_link(links + i);
    if (slot == kNone) break;
    if (slot >= repair.run.slots || reached(repair.run, slot)) continue;
    const fk_status status = reach(repair.run, slot);
    if (status != FK_OK) return status;
  }
  return FK_OK;
}

// Works through the levels from 0 up, as far as `left` lets it. run.phase moves on when all are done.
fk_status reach_all(Repair &repair, Scratch &scratch) {
  RepairRun &run = repair.run;
  constexpr uint32_t most_rounds = 3;
  while (repair.left.load() > 0) {
    if (repair.progress.cancelled()) return FK_CANCELLED;
    const Reading reading(repair.index.gate);
    fk_status status = FK_OK;
    if (run.queued) {
      status = spread(repair, run.queue[--run.queued], scratch);
      repair.left.fetch_sub(1);
      repair.progress.finished_one();
    } else {
      uint32_t node = uint32_t(run.next.load());
      while ((node = next_staying(repair, node, run.level)) != kNone && reached(run, node)) node++;
      if (node != kNone) {
        run.next = uint64_t(node) + 1;
        status = attach(repair, node, scratch);
      } else if (run.level_disturbed && ++run.rounds < most_rounds) {
        status = begin_level(repair, run.level);
      } else if (run.level + 1 < uint32_t(repair.graph.entry.load() >> 32)) {
        run.rounds = 0;
        status = begin_level(repair, run.level + 1);
      } else {
        run.phase = RepairRun::Phase::detach;
        return FK_OK;
      }
    }
    if (status != FK_OK) return status;
  }
  return FK_OK;
}

void detach(Repair &repair) {
  const View members = repair.graph.members.words.view(), leaving = repair.run.leaving.words.view();
  const TallyLock lock(repair.index.tally);
  for (uint32_t word = 0; uint64_t(word) * 32 < repair.run.slots; word++) {
    const uint32_t bits = word_of(leaving, word);
    if (bits) __atomic_fetch_and(members.as<uint32_t>(word), ~bits, __ATOMIC_ACQ_REL);
  }
  repair.graph.nodes.fetch_sub(repair.run.count);
  repair.index.tally.deleted_in_graph.fetch_sub(repair.run.count);
}

fk_status advance(Repair &repair, uint32_t threads) {
  using Phase = RepairRun::Phase;
  RepairRun &run = repair.run;
  if (run.phase == Phase::relink) {
    run_parallel(threads, relink_vertices, &repair);
    if (repair.failed.load()) return fk_status(repair.failed.load());
    if (run.next.load() < run.slots) return FK_OK;
    move_entry(repair);
    run.phase = repair.graph.entry.load() ? Phase::reach : Phase::detach;
    if (run.phase == Phase::reach) {
      const fk_status status = begin_level(repair, 0);
      if (status != FK_OK) return status;
    }
  }
  if (run.phase == Phase::reach) {
    Scratch *scratch = repair.index.scratches.take(repair.index.options.dimension);
    if (!scratch) return FK_NO_MEMORY;
    const fk_status status = reach_all(repair, *scratch);
    repair.index.scratches.give_back(scratch);
    if (status != FK_OK) return status;
  }
  if (run.phase == Phase::detach) {
    detach(repair);
    run.phase = Phase::done;
  }
  return FK_OK;
}

fk_status run_slice(fk_index &index, uint32_t max_vertices, uint32_t threads, const Progress &progress) {
  if (!index.repair) {
    if (!index.tally.deleted_in_graph.load()) return FK_OK;
    index.repair = new (std::nothrow) RepairRun;
    if (!index.repair) return FK_NO_MEMORY;
    const fk_status status = mark(index, *index.repair);
    if (status != FK_OK) return status;
  }
  Graph &graph = *index.graph.load();
  Repair repair{index, graph, *graph.codes.load(), *index.repair, RowsView(index.rows), GraphView(graph), progress,
                {max_vertices ? int64_t(max_vertices) : INT64_MAX}};
  return advance(repair, threads);
}

}  // namespace

void forget_repair(RepairRun *run) { delete run; }

}  // namespace franca

using namespace franca;

fk_status fk_index_repair(fk_index *index, uint32_t max_vertices, uint32_t threads, fk_control *control) {
  if (!index) return FK_INVALID;
  const Progress progress{control};
  if (!become_busy(*index, progress)) return progress.cancelled() ? FK_CANCELLED : FK_INVALID;
  const fk_status status = run_slice(*index, max_vertices, threads ? threads : 1, progress);
  if (index->repair && (status != FK_OK || index->repair->phase == RepairRun::Phase::done)) {
    forget_repair(index->repair);
    index->repair = nullptr;
  }
  end_busy(*index);
  return status;
}
