// The index: rows, their codes, the graph over them, and who may touch what when.
//
//   rows    written by put and set_deleted; append-only, so readers need no lock
//   graph   written by build (many threads, a lock a node); links are atomic numbers, so searches need no lock
//   codes   written by build for the node it inserts; replaced as a whole when retrained
// Build, save and the end of load exclude each other by `busy`. Searches pass a gate, so that whoever replaces codes or graph
// can wait for the last reader of the old ones before freeing them.
#pragma once

#include <atomic>

#include "codes.h"
#include "graph.h"
#include "rows.h"
#include "scratch.h"

namespace franca {

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

}  // namespace franca

struct fk_index {
  fk_index_options options;
  franca::Rows rows;
  std::atomic<franca::Graph *> graph{nullptr};
  std::atomic<franca::Codes *> codes{nullptr};  // null until the first build
  std::atomic<uint32_t> indexed{0};
  std::atomic<uint8_t> indexed_lock{0};  // around changes of `indexed`
  std::atomic<uint8_t> busy{0};          // a build, a save, or the end of a load is running
  mutable franca::ReaderGate gate;
  mutable franca::ScratchPool scratches;

  ~fk_index() {
    delete graph.load();
    delete codes.load();
  }
};

namespace franca {

// Takes `busy`; false when cancelled, or, without threads, when someone has it (waiting would never end).
bool become_busy(fk_index &index, const Progress &progress);
inline void end_busy(fk_index &index) { index.busy.store(0, std::memory_order_release); }

// Moves `indexed` over every slot that is in the graph, absent, or deleted, up to `limit`.
void advance_indexed(fk_index &index, uint32_t limit);

// Replaces graph or codes and frees the old ones when no search reads them any more.
void publish(fk_index &index, Graph *graph, Codes *codes);

// Makes `rows.homes` reach to `slots`. Under the rows' lock. False: out of memory.
bool reserve_homes(Rows &rows, uint32_t slots);

// Inserts one slot into the graph. FK_CANCELLED leaves it out.
fk_status insert(fk_index &index, const RowsView &rows, uint32_t slot, Scratch &scratch, const Progress &progress);

}  // namespace franca
