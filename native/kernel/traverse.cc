// The inner loop of search and build. A vertex is expanded as one batch: collect the neighbours not seen yet, ask the memory
// for all their codes, then compute their distances together. Waiting for memory is most of the cost of a graph search.
#include "traverse.h"

namespace franca {

uint32_t descend(Walk &walk, uint32_t from, uint32_t top, uint32_t bottom) {
  uint32_t best = from;
  float best_key = walk.scorer.score_one(best);
  walk.distances++;
  uint32_t slots[kBatch];
  float keys[kBatch];
  for (uint32_t level = top; level > bottom; level--) {
    for (bool moved = true; moved && !walk.progress.cancelled();) {
      moved = false;
      const uint32_t *links = walk.graph.links(best, level);
      size_t count = 0;
      for (uint32_t i = 0; i < walk.graph.m; i++) {
        const uint32_t slot = load_link(links + i);
        if (slot == kNone) break;
        if (slot >= walk.limit) continue;
        walk.scorer.prefetch_row(slot);
        slots[count++] = slot;
      }
      walk.scorer.score(slots, count, keys);
      walk.distances += count;
      walk.hops++;
      for (size_t i = 0; i < count; i++) {
        if (keys[i] < best_key || (keys[i] == best_key && slots[i] < best)) {
          best_key = keys[i];
          best = slots[i];
          moved = true;
        }
      }
    }
  }
  return best;
}

namespace {

// One vertex's neighbours that have not been seen, with their keys.
struct Batch {
  uint32_t slots[kBatch];
  float keys[kBatch];
  size_t count;

  void expand(Walk &walk, uint32_t vertex, uint32_t level, uint32_t links_per_node) {
    const uint32_t *links = walk.graph.links(vertex, level);
    count = 0;
    for (uint32_t i = 0; i < links_per_node; i++) {
      const uint32_t slot = load_link(links + i);
      if (slot == kNone) break;
      if (slot >= walk.limit || !walk.scratch.visited.visit(slot)) continue;
      walk.scorer.prefetch_row(slot);
      slots[count++] = slot;
    }
    const uint32_t next = walk.scratch.pool.peek();
    if (next != kNone) prefetch_lines(walk.graph.links(next, level), links_per_node * sizeof(uint32_t));
    walk.scorer.score(slots, count, keys);
    walk.distances += count;
    walk.hops++;
  }
};

// A pool that keeps what lies before the last of the `wanted` nearest that pass.
class MatchingPool {
 public:
  MatchingPool(Pool &pool, const Selection &matches, size_t wanted) : pool_(pool), matches_(matches), wanted_(wanted) {}

  bool insert(Candidate added) {
    if (full() && added >= pool_.items[pool_.size - 1]) return true;
    if (pool_.size == pool_.width) {
      if (!pool_.items.reserve(pool_.width * 2 + 1)) return false;
      pool_.width *= 2;
    }
    pool_.insert(added);
    if (!matches_.has(slot_of(added))) return true;
    if (full()) pool_.size--;
    else passing_++;
    if (full()) end_with_match();
    return true;
  }
  bool full() const { return passing_ == wanted_; }
  size_t passing() const { return passing_; }

 private:
  void end_with_match() {
    while (!matches_.has(slot_of(pool_.items[pool_.size - 1]))) pool_.size--;
    if (pool_.next > pool_.size) pool_.next = pool_.size;
  }

  Pool &pool_;
  const Selection &matches_;
  const size_t wanted_;
  size_t passing_ = 0;
};

// The first judgement comes after so many hops, and looks at no fewer vertices.
constexpr uint64_t kFirstJudgement = 16;
constexpr size_t kFewestSeen = 32;
// What is expected counts as much as so many vertices seen.
constexpr float kTrust = 8;

// Whether the walk has more before it than its budget: as far as the share that passes near the target tells, it ends when
// wanted / share vertices have been expanded.
bool is_hopeless(const Pool &pool, const Selection &matches, uint64_t hops, double distances_per_hop, Effort &effort) {
  size_t seen = hops > kFewestSeen ? size_t(hops) : kFewestSeen;
  if (seen > pool.size) seen = pool.size;
  size_t passed = 0, expanded = 0;
  for (size_t i = 0; i < seen; i++) {
    passed += matches.has(slot_of(pool.items[i]));
    expanded += pool.items[i] & kExpanded;
  }
  effort.seen = seen;
  effort.passed = passed;
  const double trust = effort.expected > 0 ? kTrust : 0;
  const double share = (double(passed) + trust * double(effort.expected)) / (double(seen) + trust);
  const double left = double(effort.wanted) - share * double(expanded);
  // Nothing passes at all: as if half a vertex had.
  const double least = 0.5 / (double(seen) + trust);
  return left * distances_per_hop > double(effort.budget) * (share > least ? share : least);
}

}  // namespace

fk_status walk_level(Walk &walk, uint32_t from, uint32_t level, size_t width) {
  Pool &pool = walk.scratch.pool;
  if (!pool.start(width) || !walk.scratch.visited.start(walk.limit)) return FK_NO_MEMORY;
  walk.scratch.visited.visit(from);
  pool.insert(candidate(walk.scorer.score_one(from), from));
  walk.distances++;
  const uint32_t links_per_node = walk.graph.width(level);
  Batch batch;
  for (uint32_t vertex; (vertex = pool.expand()) != kNone;) {
    if (walk.progress.cancelled()) return FK_CANCELLED;
    batch.expand(walk, vertex, level, links_per_node);
    for (size_t i = 0; i < batch.count; i++) pool.insert(candidate(batch.keys[i], batch.slots[i]));
  }
  return FK_OK;
}

fk_status walk_matching(Walk &walk, uint32_t from, const Selection &matches, Effort &effort) {
  Pool &pool = walk.scratch.pool;
  if (!pool.start(effort.wanted * 2) || !walk.scratch.visited.start(walk.limit)) return FK_NO_MEMORY;
  MatchingPool found(pool, matches, effort.wanted);
  walk.scratch.visited.visit(from);
  if (!found.insert(candidate(walk.scorer.score_one(from), from))) return FK_NO_MEMORY;
  walk.distances++;
  const uint32_t links_per_node = walk.graph.width(0);
  uint64_t hops = 0, judge_at = kFirstJudgement, judged_hops = 0, judged_distances = walk.distances;
  Batch batch;
  for (uint32_t vertex; (vertex = pool.expand()) != kNone;) {
    if (walk.progress.cancelled()) return FK_CANCELLED;
    batch.expand(walk, vertex, 0, links_per_node);
    for (size_t i = 0; i < batch.count; i++) {
      if (!found.insert(candidate(batch.keys[i], batch.slots[i]))) return FK_NO_MEMORY;
    }
    if (++hops != judge_at || !effort.budget) continue;
    const double distances_per_hop = double(walk.distances - judged_distances) / double(hops - judged_hops);
    if (is_hopeless(pool, matches, hops, distances_per_hop, effort)) {
      effort.gave_up = true;
      return FK_OK;
    }
    judged_hops = hops;
    judged_distances = walk.distances;
    judge_at += judge_at / 2;
  }
  effort.seen = pool.size;
  effort.passed = found.passing();
  return FK_OK;
}

}  // namespace franca
