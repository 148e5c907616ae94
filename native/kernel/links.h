// Adding single links to rows that others read, and may write, at the same time.
#pragma once

#include "scorer.h"

namespace franca {

// Writes `slot` into the first free place of a row, if there is one and it is not there yet. True when it is there now.
bool fill_free_place(Graph &graph, const GraphView &view, uint32_t level, uint32_t node, uint32_t slot);

// Adds `added` to the links of `node`; false when a full row keeps what it has. A link that is given up for it is handed on to
// `added`, which has room to spare, so that whatever could be reached through `node` still can be, one step later.
// With `insist` it always gets in. `to_added` is aimed at `added`; `other` is re-aimed freely.
bool link_back(Graph &graph, const GraphView &view, const Scorer &to_added, Scorer &other, Scratch &scratch,
               uint32_t level, uint32_t node, uint32_t added, bool insist);

}  // namespace franca
