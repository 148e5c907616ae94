// What a repair remembers between its slices.
#pragma once

#include "index.h"

namespace franca {

struct RepairRun {
  enum class Phase { relink, reach, detach, done } phase = Phase::relink;
  SlotBits leaving;
  uint32_t slots = 0;              // that `leaving` has bits for: the graph's when it began
  uint32_t count = 0;              // bits set in it
  std::atomic<uint64_t> next{0};   // slot to look at
  // Of the level that is being reached:
  uint32_t level = 0, rounds = 0;
  bool level_disturbed = false;
  Buffer<uint32_t> reached;        // one bit a slot
  Buffer<uint32_t> queue;          // reached, but its links were not followed yet
  size_t queued = 0;
};

}  // namespace franca
