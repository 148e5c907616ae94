// Which links a node keeps: near ones, but not two in the same direction.
#pragma once

#include "scorer.h"

namespace franca {

// Chooses from the pool (sorted, nearest first) links for a new node: at most `most`, skipping deleted rows as long as there
// are live ones. `other` is re-aimed freely. Returns how many were written to `chosen`.
uint32_t choose_links(const Pool &pool, uint32_t width, uint32_t most, const RowsView &rows, Scorer &other,
                      Scratch &scratch, uint32_t *chosen);

// The place in the full row of `node` that `added` should take, or kNone when it should not get in; with `insist` it always
// gets one. `to_added` is aimed at `added`.
uint32_t place_in_full_row(const uint32_t *links, uint32_t width, uint32_t node, uint32_t added, const Scorer &to_added,
                           Scorer &other, Scratch &scratch, bool insist);

}  // namespace franca
