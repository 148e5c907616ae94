// Int8 codes of the rows: what a traversal reads instead of float32, at a quarter of the memory traffic.
//
// code = round((x - mean) / scale) + 128, an unsigned byte; x is the row, made unit length for the cosine. The mean is one
// number a dimension, the scale one number in all, so that sums over codes rank like sums over numbers: with c = code - 128
//
//   euclidean, cosine   |q - x|^2  ~  norm(x) + norm(q) - 2 <q, c>       norm = <c, c>
//   dot                    -<q, x>  ~  norm(x) - <q, c>                  norm = -<mean / scale, c>  (of pairs of rows)
//   manhattan              |q - x|  ~  sum |code(q) - code(x)|
//
// A row of codes is padded to whole cache lines; its last four bytes hold the norm.
#pragma once

#include "memory.h"
#include "rows.h"

namespace franca {

struct Codes {
  fk_metric metric;
  uint32_t dimension;
  // False when int8 cannot tell these rows' neighbours apart (measured when training): traversal then reads float32.
  bool usable = false;
  Buffer<float> mean;
  float scale = 0, inverse_scale = 0;
  uint32_t trained_on = 0;        // rows that were present then
  std::atomic<uint64_t> encoded{0}, clipped{0};  // components since the training
  Chunks rows;

  size_t code_bytes() const { return (size_t(dimension) + 63) / 64 * 64; }
  size_t norm_at() const { return rows_bytes() - 4; }
  size_t rows_bytes() const { return (size_t(dimension) + (metric == FK_MANHATTAN ? 0 : 4) + 63) / 64 * 64; }

  bool prepare(fk_metric its_metric, uint32_t its_dimension);
  // Encodes the row of `slot`; `scratch` holds `dimension` floats.
  void encode(const RowsView &view, uint32_t slot, float *scratch) {
    const uint32_t outside = encode_into(view, slot, scratch, rows.view().row(slot));
    encoded.fetch_add(dimension, std::memory_order_relaxed);
    if (outside) clipped.fetch_add(outside, std::memory_order_relaxed);
  }
  // Returns how many components fell outside.
  uint32_t encode_into(const RowsView &view, uint32_t slot, float *scratch, uint8_t *row) const;
  // Whether training should be done again: there are four times the rows, or those in the graph since then, or a sample of
  // those that are to be inserted, fall outside the range that was learnt.
  bool outgrown(const RowsView &view, const uint32_t *sample, uint32_t count, float *scratch) const;
};

// Learns mean and scale from the live rows and decides whether codes are usable. False: out of memory or cancelled.
fk_status train(Codes &codes, const RowsView &view, const Progress &progress);

// Writes x as the codes see it: the row itself, or the row at unit length for the cosine.
void to_code_space(fk_metric metric, const float *vector, float norm, size_t dimension, float *out);

}  // namespace franca
