// Inserting one node: find its neighbourhood, choose links that point in different directions, link back.
// Algorithms 1 and 4 of arXiv 1603.09320, over codes.
#include "index.h"
#include "prune.h"
#include "traverse.h"

namespace franca {
namespace {

// Writes `slot` into the first free place of a row, if there is one and it is not there yet.
void fill_free_place(Graph &graph, const GraphView &view, uint32_t level, uint32_t node, uint32_t slot) {
  NodeLock lock(graph, node);
  uint32_t *links = view.links(node, level);
  for (uint32_t i = 0; i < view.width(level); i++) {
    const uint32_t there = load_link(links + i);
    if (there == slot || slot == node) return;
    if (there == kNone) return store_link(links + i, slot);
  }
}

// Adds `added` to the links of `node`; false when a full row keeps what it has. A link that is given up for it is handed on to
// `added`, which has room to spare, so that whatever could be reached through `node` still can be, one step later.
bool link_back(Graph &graph, const GraphView &view, const Scorer &to_added, Scorer &other, Scratch &scratch,
               uint32_t level, uint32_t node, uint32_t added, bool insist) {
  uint32_t given_up;
  {
    NodeLock lock(graph, node);
    uint32_t *links = view.links(node, level);
    const uint32_t width = view.width(level);
    for (uint32_t i = 0; i < width; i++) {
      const uint32_t slot = load_link(links + i);
      if (slot == added) return true;
      if (slot == kNone) {
        store_link(links + i, added);
        return true;
      }
    }
    const uint32_t place = place_in_full_row(links, width, node, added, to_added, other, scratch, insist);
    if (place == kNone) return false;
    given_up = load_link(links + place);
    store_link(links + place, added);
  }
  fill_free_place(graph, view, level, added, given_up);
  return true;
}

void become_first(Graph &graph, uint32_t slot, uint32_t level) {
  graph.members.set(slot);
  graph.nodes.fetch_add(1);
  graph.entry.store(uint64_t(level + 1) << 32 | slot, std::memory_order_release);
}

}  // namespace

fk_status insert(fk_index &index, const RowsView &rows, uint32_t slot, Scratch &scratch, const Progress &progress) {
  const Reading reading(index.gate);
  Graph &graph = *index.graph.load(std::memory_order_acquire);
  Codes &codes = *index.codes.load(std::memory_order_acquire);
  const GraphView view(graph);
  if (codes.usable) codes.encode(rows, slot, scratch.floats[0].data);

  const uint32_t level = graph.levels.of(slot);
  for (uint32_t l = 0; l <= level; l++) {
    uint32_t *links = view.links(slot, l);
    for (uint32_t i = 0; i < view.width(l); i++) store_link(links + i, kNone);
  }
  const uint64_t entry = graph.entry.load(std::memory_order_acquire);
  if (!entry) {
    become_first(graph, slot, level);
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
  graph.members.set(slot);
  graph.nodes.fetch_add(1);
  for (uint64_t seen = entry; uint32_t(seen >> 32) < level + 1;) {
    if (graph.entry.compare_exchange_weak(seen, uint64_t(level + 1) << 32 | slot)) break;
  }
  return FK_OK;
}

}  // namespace franca
