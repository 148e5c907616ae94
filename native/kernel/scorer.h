// Rank keys of many slots against one fixed vector: a query, or a row of the index while building.
// Smaller is nearer. Keys of one scorer order slots; keys of scorers made from rows are comparable between each other too.
#pragma once

#include "codes.h"
#include "distance.h"
#include "graph.h"
#include "scratch.h"

namespace franca {

constexpr size_t kBatch = kMaxLinks;  // slots scored at once

struct Scorer {
  const Instructions *set;
  RowsView rows;
  View codes;
  fk_metric metric;
  bool by_codes;
  uint32_t dimension;
  size_t code_bytes, norm_at;
  // by codes: key = weight * norm(row) + offset - factor * (sum of products - bias)
  CodeQuery query{};
  const uint8_t *bytes = nullptr;  // manhattan
  float weight = 1, offset = 0, factor = 2;
  int32_t bias = 0;
  // by rows
  ExactQuery exact{};

  Scorer(const RowsView &rows, const Codes &codes);
  // The vector must outlive the scorer; codes are written into the scratch's buffers number `which`.
  void aim_at_vector(const float *vector, const Codes &codes, Scratch &scratch, int which);
  void aim_at_slot(uint32_t slot, Scratch &scratch, int which);

  // At most kBatch slots.
  void score(const uint32_t *slots, size_t count, float *keys) const;
  float score_one(uint32_t slot) const {
    float key;
    score(&slot, 1, &key);
    return key;
  }
  void prefetch_row(uint32_t slot) const {
    if (by_codes) prefetch_lines(codes.row(slot), codes.row_bytes);
    else prefetch_lines(rows.vector(slot), rows.vectors.row_bytes < 1024 ? rows.vectors.row_bytes : 1024);
  }
};

}  // namespace franca
