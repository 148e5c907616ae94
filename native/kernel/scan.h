// Looking at rows one after the other: exactly, or by their codes.
#pragma once

#include "graph.h"
#include "scorer.h"

namespace franca {

// The k nearest so far: a heap with the furthest on top. Candidates of exact distances.
struct Nearest {
  Candidate *heap;
  uint32_t k, size = 0;

  float furthest() const { return key_of(heap[0]); }
  void offer(Candidate added);
  void sort();  // nearest first; no offers afterwards
};

// A set of slots, kept in blocks of 1024 so that one with few of them is small.
struct SlotSet {
  Buffer<uint32_t> block_at;  // a block's place among the words, plus one; 0: it has none
  Buffer<uint32_t> words;
  uint32_t blocks = 0;

  uint32_t word(uint32_t at) const {
    const uint32_t block = at >> 5, place = block < block_at.capacity ? block_at[block] : 0;
    return place ? words[(size_t(place) - 1) * 32 + (at & 31)] : 0;
  }
  bool has(uint32_t slot) const { return word(slot >> 5) >> (slot & 31) & 1; }
  // Room for the 32 words of a block that is not there yet, for now zero; null: out of memory.
  uint32_t *add_block(uint32_t block) {
    if (!block_at.reserve(size_t(block) + 1) || !words.reserve((size_t(blocks) + 1) * 32)) return nullptr;
    block_at[block] = ++blocks;
    return words.data + (size_t(blocks) - 1) * 32;
  }
};

// Which slots take part: live rows, allowed ones if there is a list, and (un)like the graph's members.
struct Selection {
  const RowsView &rows;
  const uint32_t *allow;
  size_t allow_words;
  enum class Members { any, only, none } members_are = Members::any;
  View members{};
  uint32_t member_slots = 0;  // slots that `members` has room for
  const SlotSet *except = nullptr;  // slots to leave out

  uint32_t word(uint32_t at) const {
    uint32_t bits = rows.live_word(at);
    if (allow) bits &= at < allow_words ? allow[at] : 0;
    if (except) bits &= ~except->word(at);
    if (members_are == Members::any || !bits) return bits;
    const uint32_t inside = uint64_t(at) * 32 < member_slots ? word_of(members, at) : 0;
    return members_are == Members::only ? bits & inside : bits & ~inside;
  }
  bool has(uint32_t slot) const { return word(slot >> 5) >> (slot & 31) & 1; }
  uint64_t count() const;
};

// Offers every selected slot in [from, to) to every query. `seen`, if not null, receives the words that were selected, from
// that of `from` on.
fk_status scan_rows(const Selection &selection, uint32_t from, uint32_t to, const ExactQuery *queries, Nearest *nearest,
                    size_t n, uint32_t *seen, const Progress &progress, uint64_t &scanned);

// The selected slots in [from, to) that are nearest by the scorer's keys, into `found` (a heap).
fk_status scan_codes(const Selection &selection, uint32_t from, uint32_t to, const Scorer &scorer, Nearest &found,
                     const Progress &progress, uint64_t &scanned);

}  // namespace franca
