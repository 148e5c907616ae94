// HNSW's heuristic (algorithm 4 of arXiv 1603.09320): a candidate is occluded, and left out, when some link already kept is
// nearer to it than the node itself is.
#include "prune.h"

namespace franca {

uint32_t choose_links(const Pool &pool, uint32_t width, uint32_t most, const RowsView &rows, Scorer &other,
                      Scratch &scratch, uint32_t *chosen) {
  uint32_t kept = 0;
  float keys[kBatch];
  (void)width;
  for (size_t i = 0; i < pool.size && kept < most; i++) {
    const uint32_t slot = slot_of(pool.items[i]);
    if (!rows.live(slot)) continue;
    const float to_node = key_of(pool.items[i]);
    bool occluded = false;
    if (kept) {
      other.aim_at_slot(slot, scratch, 1);
      for (uint32_t from = 0; from < kept && !occluded; from += 8) {
        const uint32_t count = kept - from < 8 ? kept - from : 8;
        other.score(chosen + from, count, keys);
        for (uint32_t j = 0; j < count; j++) occluded |= keys[j] <= to_node;
      }
    }
    if (!occluded) chosen[kept++] = slot;
  }
  // Only deleted rows around: better to hang on them than to be out of reach.
  for (size_t i = 0; i < pool.size && kept == 0; i++) chosen[kept++] = slot_of(pool.items[i]);
  return kept;
}

uint32_t place_in_full_row(const uint32_t *links, uint32_t width, uint32_t node, uint32_t added, const Scorer &to_added,
                           Scorer &other, Scratch &scratch, bool insist) {
  // The row was pruned when its links came, so only what `added` changes is looked at: is it occluded by a nearer link,
  // and if not, which link does it occlude? That costs two distances a link instead of one for every pair of links.
  uint32_t slots[kBatch];
  float from_node[kBatch], from_added[kBatch];
  for (uint32_t i = 0; i < width; i++) slots[i] = load_link(links + i);
  for (uint32_t i = 0; i < width; i++) {
    if (!to_added.rows.live(slots[i])) return i;
  }
  other.aim_at_slot(node, scratch, 1);
  other.score(slots, width, from_node);
  const float distance = other.score_one(added);
  to_added.score(slots, width, from_added);
  uint32_t place = kNone, furthest = 0;
  for (uint32_t i = 0; i < width; i++) {
    if (from_node[i] > from_node[furthest]) furthest = i;
    if (from_node[i] <= distance) {
      if (from_added[i] <= distance && !insist) return kNone;
    } else if (from_added[i] <= from_node[i] && (place == kNone || from_node[i] > from_node[place])) {
      place = i;
    }
  }
  if (place != kNone) return place;
  return insist || from_node[furthest] > distance ? furthest : kNone;
}

}  // namespace franca
