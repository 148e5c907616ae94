// The truth as the kernel holds it: float32 rows by slot, which slots are there, which are deleted.
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
        has_norms_(rows.metric == FK_COSINE) {}

  const float *vector(uint32_t slot) const { return vectors.as<const float>(slot); }
  float norm(uint32_t slot) const { return has_norms_ ? *norms.as<const float>(slot) : 0; }
  // Bits of the 32 slots of a word that are there and not deleted.
  uint32_t live_word(uint32_t word) const { return word_of(present, word) & ~word_of(deleted, word); }
  bool live(uint32_t slot) const { return live_word(slot >> 5) >> (slot & 31) & 1; }

 private:
  bool has_norms_;
};

}  // namespace franca
