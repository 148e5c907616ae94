// Room for the graph, and the level of a slot.
#include "graph.h"

#include <new>

namespace franca {

// P(level >= l) = M^-l, drawn from a hash of slot and seed (splitmix64), in integers so that every build agrees.
uint32_t Levels::of(uint32_t slot) const {
  uint64_t hash = seed + (uint64_t(slot) + 1) * 0x9E3779B97F4A7C15u;
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
  hash ^= hash >> 31;
  uint32_t level = 0;
  for (uint64_t bound = UINT64_MAX / m; hash < bound && level < kMaxLevel; bound /= m) level++;
  return level;
}

Graph::Graph(uint32_t its_m, uint64_t seed) : m(its_m), levels{seed, its_m} {
  base.set_row_bytes(size_t(2) * m * sizeof(uint32_t));
  upper.set_row_bytes(size_t(m) * sizeof(uint32_t));
  upper_start.set_row_bytes(sizeof(uint32_t));
}

Graph::~Graph() {
  delete codes.load();
  delete[] locks;
}

bool Graph::reserve(uint32_t count) {
  const uint32_t before = slots.load(std::memory_order_relaxed);
  if (count <= before) return true;
  if (!locks && !(locks = new (std::nothrow) std::atomic<uint8_t>[4096]())) return false;
  if (!base.reserve(count) || !upper_start.reserve(count) || !members.reserve(count)) return false;
  const View starts = upper_start.view();
  uint32_t rows = upper_rows;
  for (uint32_t slot = before; slot < count; slot++) {
    *starts.as<uint32_t>(slot) = rows;
    rows += levels.of(slot);
  }
  if (!upper.reserve(rows)) return false;
  upper_rows = rows;
  slots.store(count, std::memory_order_release);
  return true;
}

uint64_t Graph::bytes() const {
  const uint32_t count = slots.load(std::memory_order_relaxed);
  return sizeof(Graph) + base.bytes(count) + upper.bytes(upper_rows) + upper_start.bytes(count) + members.bytes(count);
}

}  // namespace franca
