// The HNSW graph (Malkov and Yashunin, arXiv 1603.09320) as flat arrays of neighbour slots.
//
// Level 0 is one row of 2M slots a node, two cache lines at M = 16, at the node's own slot. Upper levels hold one node in M
// and have rows of M slots. Unused places hold kNone and come last. The level of a slot depends on slot and seed alone.
#pragma once

#include <atomic>

#include "codes.h"

namespace franca {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint32_t kMaxLevel = 15;
constexpr uint32_t kMaxLinks = 128;  // 2M at the largest M

struct Levels {
  uint64_t seed;
  uint32_t m;
  uint32_t of(uint32_t slot) const;
};

struct Graph {
  uint32_t m;
  Levels levels;
  Chunks base;         // 2M slots each
  Chunks upper;        // M slots each; the rows of a node's levels 1, 2, ... follow each other
  Chunks upper_start;  // uint32 a slot: its first row in `upper`
  SlotBits members;    // slots that are nodes of the graph
  std::atomic<uint32_t> slots{0};    // room has been made for this many
  std::atomic<Codes *> codes{nullptr};  // its nodes'; null until the first build. With the graph, so that the two always fit
  std::atomic<uint64_t> entry{0};    // (level + 1) << 32 | slot; 0 when the graph is empty
  std::atomic<uint32_t> nodes{0};
  std::atomic<uint8_t> *locks = nullptr;  // 4096, striped by slot, one byte each; a thread holds one at a time. Made with the first room
  uint32_t upper_rows = 0;

  Graph(uint32_t its_m, uint64_t seed);
  ~Graph();
  // Makes room for slots [0, count). One writer at a time. False: out of memory.
  bool reserve(uint32_t count);
  uint64_t bytes() const;
};

inline bool is_node(const Graph &graph, uint32_t slot) {
  return slot < graph.slots.load(std::memory_order_acquire) && has(graph.members.words.view(), slot);
}

struct GraphView {
  uint32_t slots, m;
  View base, upper, upper_start, members;

  explicit GraphView(const Graph &graph)
      : slots(graph.slots.load(std::memory_order_acquire)),
        m(graph.m),
        base(graph.base.view()),
        upper(graph.upper.view()),
        upper_start(graph.upper_start.view()),
        members(graph.members.words.view()) {}

  uint32_t width(uint32_t level) const { return level ? m : 2 * m; }
  uint32_t *links(uint32_t slot, uint32_t level) const {
    if (level == 0) return base.as<uint32_t>(slot);
    return upper.as<uint32_t>(*upper_start.as<uint32_t>(slot) + level - 1);
  }
};

// Links are read without a lock while builders write them: each is one atomic number, and whatever it names is complete.
inline uint32_t load_link(const uint32_t *link) { return __atomic_load_n(link, __ATOMIC_ACQUIRE); }
inline void store_link(uint32_t *link, uint32_t slot) { __atomic_store_n(link, slot, __ATOMIC_RELEASE); }

class NodeLock {
 public:
  NodeLock(Graph &graph, uint32_t slot) : lock_(graph.locks[slot & 4095]) {
    for (uint32_t attempt = 0; lock_.exchange(1, std::memory_order_acquire); attempt++) wait_a_moment(attempt);
  }
  ~NodeLock() { lock_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint8_t> &lock_;
};

}  // namespace franca
