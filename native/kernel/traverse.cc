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

fk_status walk_level(Walk &walk, uint32_t from, uint32_t level, size_t width) {
  Pool &pool = walk.scratch.pool;
  Visited &visited = walk.scratch.visited;
  if (!pool.start(width) || !visited.start(walk.limit)) return FK_NO_MEMORY;
  visited.visit(from);
  pool.insert(candidate(walk.scorer.score_one(from), from));
  walk.distances++;
  const uint32_t links_per_node = walk.graph.width(level);
  uint32_t slots[kBatch];
  float keys[kBatch];
  for (uint32_t vertex; (vertex = pool.expand()) != kNone;) {
    if (walk.progress.cancelled()) return FK_CANCELLED;
    const uint32_t *links = walk.graph.links(vertex, level);
    size_t count = 0;
    for (uint32_t i = 0; i < links_per_node; i++) {
      const uint32_t slot = load_link(links + i);
      if (slot == kNone) break;
      if (slot >= walk.limit || !visited.visit(slot)) continue;
      walk.scorer.prefetch_row(slot);
      slots[count++] = slot;
    }
    const uint32_t next = pool.peek();
    if (next != kNone) prefetch_lines(walk.graph.links(next, level), links_per_node * sizeof(uint32_t));
    walk.scorer.score(slots, count, keys);
    walk.distances += count;
    walk.hops++;
    for (size_t i = 0; i < count; i++) pool.insert(candidate(keys[i], slots[i]));
  }
  return FK_OK;
}

}  // namespace franca
