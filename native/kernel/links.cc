// Linking a node that is there to another: into a free place, or instead of a link that is given up for it.
#include "links.h"

#include "prune.h"

namespace franca {

bool fill_free_place(Graph &graph, const GraphView &view, uint32_t level, uint32_t node, uint32_t slot) {
  NodeLock lock(graph, node);
  uint32_t *links = view.links(node, level);
  for (uint32_t i = 0; i < view.width(level); i++) {
    const uint32_t there = load_link(links + i);
    if (there == slot || slot == node) return true;
    if (there == kNone) {
      store_link(links + i, slot);
      return true;
    }
  }
  return false;
}

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

}  // namespace franca
