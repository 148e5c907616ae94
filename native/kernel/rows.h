// The truth as the kernel holds it: float32 rows by slot, which slots are there, which are deleted.
//
// A row is held in memory of the kernel's own, or borrowed: it stays where the host keeps it (a mapped file), at its *home*,
// and the memory that held it goes back to the system (borrow.cc). Which of the two may change while searches and builds run:
// a row's address is asked for each time, and is good only as long as whoever asked has not left the index's gate.
#pragma once

#include <atomic>
#include <cmath>

#include "../include/kernel.h"
#include "chunks.h"

namespace franca {

// A way to stop, and a place to count; either may be absent.
struct Progress {
  fk_control *control;
  bool cancelled() const { return control && __atomic_load_n(&control->cancel, __ATOMIC_RELAXED) != 0; }
  void finished_one() const {
    if (control) __atomic_fetch_add(&control->done, 1, __ATOMIC_RELAXED);
  }
};

struct Rows {
  fk_metric metric;
  uint32_t dimension;
  Chunks vectors;
  Chunks norms;  // cosine only: cosine_norm of each row
  SlotBits present, deleted;
  std::atomic<uint32_t> slots{0};
  std::atomic<uint32_t> deletions{0};

  Chunks homes;                        // const float *a slot, null where the row is held; only once a row was borrowed
  std::atomic<bool> has_homes{false};  // then `homes` reaches as far as `slots`
  std::atomic<uint32_t> borrowed{0};
  std::atomic<uint8_t> lock{0};        // around writing held rows and giving their pages back

  // Where the row of a slot stays, or null. Null for every slot before the first one is borrowed.
  const float *home(uint32_t slot) const {
    if (!has_homes.load(std::memory_order_acquire)) return nullptr;
    return __atomic_load_n(homes.view().as<const float *>(slot), __ATOMIC_ACQUIRE);
  }
  // Says where the row stays from now on; null: in `vectors`. Under the lock.
  void set_home(uint32_t slot, const float *home) {
    if (!has_homes.load(std::memory_order_relaxed)) return;
    const float *before = __atomic_exchange_n(homes.view().as<const float *>(slot), home, __ATOMIC_ACQ_REL);
    if (!before && home) borrowed.fetch_add(1);
    if (before && !home) borrowed.fetch_sub(1);
  }
};

class RowsLock {
 public:
  explicit RowsLock(Rows &rows) : lock_(rows.lock) {
    for (uint32_t attempt = 0; lock_.exchange(1, std::memory_order_acquire); attempt++) wait_a_moment(attempt);
  }
  ~RowsLock() { lock_.store(0, std::memory_order_release); }

 private:
  std::atomic<uint8_t> &lock_;
};

// Rows as one search or build sees them; slots at or past `slots` do not exist for it.
struct RowsView {
  uint32_t slots;
  View vectors, norms, present, deleted;

  explicit RowsView(const Rows &rows)
      : slots(rows.slots.load(std::memory_order_acquire)),
        vectors(rows.vectors.view()),
        norms(rows.norms.view()),
        present(rows.present.words.view()),
        deleted(rows.deleted.words.view()),
        rows_(&rows),
        has_norms_(rows.metric == FK_COSINE) {}

  const float *vector(uint32_t slot) const {
    const float *home = rows_->home(slot);
    return home ? home : vectors.as<const float>(slot);
  }
  float norm(uint32_t slot) const { return has_norms_ ? *norms.as<const float>(slot) : 0; }
  // Bits of the 32 slots of a word that are there and not deleted.
  uint32_t live_word(uint32_t word) const { return word_of(present, word) & ~word_of(deleted, word); }
  bool live(uint32_t slot) const { return live_word(slot >> 5) >> (slot & 31) & 1; }

 private:
  const Rows *rows_;
  bool has_norms_;
};

}  // namespace franca
