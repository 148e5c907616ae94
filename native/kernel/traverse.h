// Walking the graph towards a vector.
#pragma once

#include "scorer.h"

namespace franca {

struct Walk {
  const GraphView &graph;
  const Scorer &scorer;
  Scratch &scratch;
  const Progress &progress;
  uint32_t limit;  // slots that this walk may look at: those for which its views have room
  uint64_t distances = 0, hops = 0;

  Walk(const GraphView &its_graph, const Scorer &its_scorer, Scratch &its_scratch, const Progress &its_progress)
      : graph(its_graph),
        scorer(its_scorer),
        scratch(its_scratch),
        progress(its_progress),
        limit(its_graph.slots < its_scorer.rows.slots ? its_graph.slots : its_scorer.rows.slots) {}
};

// Greedy from `from` down the levels above `bottom`; returns where it ends.
uint32_t descend(Walk &walk, uint32_t from, uint32_t top, uint32_t bottom);

// Fills scratch.pool with the `width` nearest found on `level`, starting at `from`.
// FK_OK, FK_CANCELLED or FK_NO_MEMORY.
fk_status walk_level(Walk &walk, uint32_t from, uint32_t level, size_t width);

}  // namespace franca
