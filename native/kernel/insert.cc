// Inserting one node: find its neighbourhood, choose links that point in different directions, link back.
// Algorithms 1 and 4 of arXiv 1603.09320, over codes.
#include "index.h"
#include "links.h"
#include "prune.h"
#include "traverse.h"

namespace franca {
namespace {

void become_first(fk_index &index, Graph &graph, uint32_t slot, uint32_t level) {
  become_node(index, graph, slot);
  graph.entry.store(uint64_t(level + 1) << 32 | slot, std::memory_order_release);
}

}  // namespace

fk_status insert(fk_index &index, const RowsView &rows, uint32_t slot, Scratch &scratch, const Progress &progress) {
  const Reading reading(index.gate);
  Graph &graph = *index.graph.load(std::memory_order_acquire);
  Codes &codes = *graph.codes.load(std::memory_order_acquire);
  const GraphView view(graph);
  if (codes.usable) codes.encode(rows, slot, scratch.floats[0].data);

  const uint32_t level = graph.levels.of(slot);
  for (uint32_t l = 0; l <= level; l++) {
    uint32_t *links = view.links(slot, l);
    for (uint32_t i = 0; i < view.width(l); i++) store_link(links + i, kNone);
  }
  const uint64_t entry = graph.entry.load(std::memory_order_acquire);
  if (!entry) {
    become_first(index, graph, slot, level);
    return FK_OK;
  }

  Scorer scorer(rows, codes), other(rows, codes);
  scorer.aim_at_slot(slot, scratch, 0);
  Walk walk(view, scorer, scratch, progress);
  const uint32_t top = uint32_t(entry >> 32) - 1;
  const uint32_t start_level = level < top ? level : top;

  // Search all levels before linking any, so that a cancelled insert leaves no trace.
  uint32_t at = descend(walk, uint32_t(entry), top, start_level);
  uint32_t counts[kMaxLevel + 1];
  for (uint32_t l = start_level + 1; l-- > 0;) {
    const fk_status status = walk_level(walk, at, l, index.options.ef_construction);
    if (status != FK_OK) return status;
    at = slot_of(scratch.pool.items[0]);
    counts[l] = choose_links(scratch.pool, view.width(l), view.m, rows, other, scratch, &scratch.chosen[l * kMaxLinks]);
  }
  if (progress.cancelled()) return FK_CANCELLED;

  // Its own rows first: whoever finds the node finds a complete one.
  for (uint32_t l = 0; l <= start_level; l++) {
    uint32_t *links = view.links(slot, l);
    for (uint32_t i = 0; i < counts[l]; i++) store_link(links + i, scratch.chosen[l * kMaxLinks + i]);
  }
  for (uint32_t l = 0; l <= start_level; l++) {
    const uint32_t *chosen = &scratch.chosen[l * kMaxLinks];
    bool reachable = false;
    for (uint32_t i = 0; i < counts[l]; i++) {
      reachable |= link_back(graph, view, scorer, other, scratch, l, chosen[i], slot, false);
    }
    // A node that nobody links to would never be found: copies of one row, or the first of a far-away cluster.
    if (!reachable) link_back(graph, view, scorer, other, scratch, l, chosen[0], slot, true);
  }
  become_node(index, graph, slot);
  for (uint64_t seen = entry; uint32_t(seen >> 32) < level + 1;) {
    if (graph.entry.compare_exchange_weak(seen, uint64_t(level + 1) << 32 | slot)) break;
  }
  return FK_OK;
}

}  // namespace franca
