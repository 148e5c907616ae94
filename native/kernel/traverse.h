// Walking the graph towards a vector.
#pragma once

#include "scan.h"
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

// How much a walk may try, and what it saw.
struct Effort {
  size_t wanted;      // vertices that pass
  uint64_t budget;    // distances; with more than these still to go it gives up. 0: never
  float expected;     // share of the vertices near the target that should pass; 0: unknown
  uint64_t seen = 0;  // vertices nearest to the target, those it judged by, and how many of them pass
  uint64_t passed = 0;
  bool gave_up = false;
};

// The same where not everything may be returned: the pool ends with the `wanted`-th vertex that passes, so that it is as wide
// as the filter near the target makes it, and no wider.
fk_status walk_matching(Walk &walk, uint32_t from, const Selection &matches, Effort &effort);

}  // namespace franca
