// A graph's links, read from its checkpoint.
#pragma once

#include "data.h"

namespace test {

// What a checkpoint says of the graph.
struct SavedGraph {
  uint32_t slots, nodes, entry, top;
  bool is_whole;
  std::vector<std::vector<std::vector<uint32_t>>> links;  // by slot, by level; no levels: not a node

  explicit SavedGraph(fk_index *index, uint32_t dimension) {
    const auto bytes = save(index);
    const auto number = [&](size_t at) {
      uint32_t value;
      memcpy(&value, bytes.data() + at, 4);
      return value;
    };
    slots = number(40);
    nodes = number(44);
    entry = number(48);
    top = number(52) - 1;
    size_t at = 72 + (number(56) ? dimension * 4 : 0);
    const size_t members = at;
    at += (slots + 31) / 32 * 4;
    links.resize(slots);
    // Levels are not stored, but every node of a level above 0 is linked on it, once there are two.
    for (uint32_t slot = 0; slot < slots; slot++) {
      if (!(number(members + slot / 32 * 4) >> (slot & 31) & 1)) continue;
      for (uint32_t level = 0; level <= level_of(slot); level++) {
        const uint32_t count = bytes[at++];
        auto &row = links[slot].emplace_back();
        for (uint32_t i = 0; i < count; i++, at += 4) row.push_back(number(at));
      }
    }
    is_whole = at + 4 == bytes.size();
  }

  // How many nodes of a level its entry leads to, and how many there are.
  std::pair<uint32_t, uint32_t> reached(uint32_t level) const {
    std::vector<bool> seen(slots);
    std::vector<uint32_t> queue{entry};
    seen[entry] = true;
    uint32_t found = 0, all = 0;
    while (!queue.empty()) {
      const uint32_t node = queue.back();
      queue.pop_back();
      found++;
      for (const uint32_t next : links[node][level]) {
        if (seen[next]) continue;
        seen[next] = true;
        queue.push_back(next);
      }
    }
    for (const auto &node : links) all += node.size() > level;
    return {found, all};
  }

 private:
  // As Levels::of, for M = 16 and seed 42.
  static uint32_t level_of(uint32_t slot) {
    uint64_t hash = 42 + (uint64_t(slot) + 1) * 0x9E3779B97F4A7C15u;
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    hash ^= hash >> 31;
    uint32_t level = 0;
    for (uint64_t bound = UINT64_MAX / 16; hash < bound && level < 15; bound /= 16) level++;
    return level;
  }
};

}  // namespace test
