// The index: rows, their codes, the graph over them, and who may touch what when.
//
//   rows    written by put, set_deleted and release; a row is only ever written while its slot is absent and nobody can see it
//   graph   written by build (many threads, a lock a node) and repair; links are atomic numbers, so searches need no lock
//   codes   written by build for the node it inserts; replaced as a whole when retrained
//   tally   what is live, dead and in the graph, counted under one lock, so that the counts are always true
// Build, repair, save and the end of load exclude each other by `busy`. Searches pass a gate, so that whoever replaces codes or
// graph, or gives a row up, can wait for the last reader of the old ones. So do inserts, which read rows too.
#pragma once

#include <atomic>

#include "codes.h"
#include "graph.h"
#include "rows.h"
#include "scratch.h"

namespace franca {

// Pending slots are looked for in blocks of this many, each with a bit that says whether to look.
constexpr uint32_t kBlockShift = 10, kBlockSlots = 1u << kBlockShift, kBlockWords = kBlockSlots / 32;

class ReaderGate {
 public:
  uint32_t enter() {
    for (;;) {
      const uint32_t epoch = epoch_.load();
      readers_[epoch & 1].fetch_add(1);
      if (epoch_.load() == epoch) return epoch & 1;
      readers_[epoch & 1].fetch_sub(1);
    }
  }
  void leave(uint32_t side) { readers_[side].fetch_sub(1); }
  // Returns when every reader that entered before has left. Not to be called by a reader.
  void wait_for_readers() {
    for (uint32_t attempt = 0; waiting_.exchange(1); attempt++) wait_a_moment(attempt);
    const uint32_t side = epoch_.fetch_add(1) & 1;
    for (uint32_t attempt = 0; readers_[side].load(); attempt++) wait_a_moment(attempt);
    waiting_.store(0);
  }

 private:
  std::atomic<uint32_t> epoch_{0}, readers_[2] = {};
  std::atomic<uint8_t> waiting_{0};
};

// A stay inside the gate. Whoever reads rows needs one, builders too: a row's address is good only until its end.
class Reading {
 public:
  explicit Reading(ReaderGate &gate) : gate_(gate), side_(gate.enter()) {}
  ~Reading() { gate_.leave(side_); }
  Reading(const Reading &) = delete;
  Reading &operator=(const Reading &) = delete;

 private:
  ReaderGate &gate_;
  const uint32_t side_;
};

struct Tally {
  std::atomic<uint8_t> lock{0};
  std::atomic<uint32_t> pending{0};            // live, not in the graph
  std::atomic<uint32_t> deleted_in_graph{0};
  std::atomic<uint8_t> recounting{0};          // the graph is being replaced: look at all blocks, count nothing
  SlotBits blocks;                             // one bit a block: there may be pending slots in it
};

class TallyLock {
 public:
  explicit TallyLock(Tally &tally) : lock_(tally.lock) {
    for (uint32_t attempt = 0; lock_.exchange(1, std::memory_order_acquire); attempt++) wait_a_moment(attempt);
  }
  ~TallyLock() { lock_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint8_t> &lock_;
};

struct RepairRun;  // a repair between two of its slices; see repair.cc
void forget_repair(RepairRun *run);

}  // namespace franca

struct fk_index {
  fk_index_options options;
  franca::Rows rows;
  std::atomic<franca::Graph *> graph{nullptr};
  franca::Tally tally;
  std::atomic<uint64_t> puts{0};           // calls of put that changed something
  uint64_t codes_checked_at = UINT64_MAX;  // `puts` when a build last looked whether the codes still fit,
  uint64_t levels_checked_at = UINT64_MAX; // and for pending slots of a higher level than the graph's; by `busy`
  franca::RepairRun *repair = nullptr;     // by `busy`
  std::atomic<uint8_t> busy{0};            // a build, a repair, a save, or the end of a load is running
  mutable franca::ReaderGate gate;         // of whoever reads rows, codes or graph: searches, inserts, training, repair
  mutable franca::ScratchPool scratches;

  ~fk_index() {
    franca::forget_repair(repair);
    delete graph.load();
  }
};

namespace franca {

// Takes `busy`; false when cancelled, or, without threads, when someone has it (waiting would never end).
bool become_busy(fk_index &index, const Progress &progress);
inline void end_busy(fk_index &index) { index.busy.store(0, std::memory_order_release); }

// The first slot at or after `from`, and below `end`, that is live and no node; `end` when there is none.
uint32_t next_pending(const fk_index &index, const RowsView &rows, const Graph &graph, uint64_t from, uint32_t end);

// Clears the bits of blocks [from, to) that have nothing pending any more.
void settle_blocks(fk_index &index, uint32_t from, uint32_t to);

// Makes a slot, whose links are complete, a node of the graph.
void become_node(fk_index &index, Graph &graph, uint32_t slot);

// Both free what was there before when no search reads it any more. A graph comes with its codes, and everything is counted
// anew; searches miss nothing meanwhile.
void replace_graph(fk_index &index, Graph *graph);
void replace_codes(fk_index &index, Codes *codes);

// Makes `rows.homes` reach to `slots`. Under the rows' lock. False: out of memory.
bool reserve_homes(Rows &rows, uint32_t slots);

// Inserts one slot into the graph. FK_CANCELLED leaves it out.
fk_status insert(fk_index &index, const RowsView &rows, uint32_t slot, Scratch &scratch, const Progress &progress);

}  // namespace franca
