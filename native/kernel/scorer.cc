// Aiming a scorer, and scoring.
#include "scorer.h"

#include <cmath>

namespace franca {

Scorer::Scorer(const RowsView &its_rows, const Codes &its_codes)
    : set(&instructions()),
      rows(its_rows),
      codes(its_codes.rows.view()),
      metric(its_codes.metric),
      by_codes(its_codes.usable),
      dimension(its_codes.dimension),
      code_bytes(its_codes.code_bytes()),
      norm_at(its_codes.norm_at()) {}

void Scorer::aim_at_vector(const float *vector, const Codes &its_codes, Scratch &scratch, int which) {
  exact = exact_query(metric, vector, dimension);
  if (!by_codes) return;
  float *x = scratch.floats[which].data;
  to_code_space(metric, vector, exact.norm, dimension, x);
  int8_t *narrow = scratch.narrow[which].data;
  memset(narrow + dimension, 0, code_bytes - dimension);

  if (metric == FK_MANHATTAN) {
    auto *code = reinterpret_cast<uint8_t *>(narrow);
    for (uint32_t d = 0; d < dimension; d++) {
      float steps = (x[d] - its_codes.mean[d]) * its_codes.inverse_scale;
      steps = steps > 127 ? 127 : steps;
      steps = steps < -127 ? -127 : steps;
      code[d] = uint8_t(int32_t(steps + 128.5f));
    }
    bytes = code;
    return;
  }

  // The query gets a scale of its own, so that one outside the rows' range is not clipped.
  float largest = 0;
  for (uint32_t d = 0; d < dimension; d++) {
    if (metric != FK_DOT) x[d] -= its_codes.mean[d];
    const float size = fabsf(x[d]);
    largest = size > largest ? size : largest;
  }
  const float scale = largest > 1e-30f ? largest / 127 : 1e-30f, inverse = 1 / scale;
  int32_t sum = 0;
  for (uint32_t d = 0; d < dimension; d++) {
    float steps = x[d] * inverse;
    steps = steps > 127 ? 127 : steps;
    steps = steps < -127 ? -127 : steps;
    const int32_t c = int32_t(steps + 128.5f) - 128;
    narrow[d] = int8_t(c);
    sum += c;
  }
  bias = 128 * sum;
  weight = metric == FK_DOT ? 0 : 1;
  offset = 0;
  factor = (metric == FK_DOT ? 1 : 2) * (scale * its_codes.inverse_scale);
  query = {narrow, nullptr};
  if (set->wide_query) {
    int16_t *wide = scratch.wide[which].data;
    for (size_t d = 0; d < code_bytes; d++) wide[d] = narrow[d];
    query.wide = wide;
  }
}

void Scorer::aim_at_slot(uint32_t slot, Scratch &scratch, int which) {
  if (!by_codes) {
    exact = {set, metric, rows.vector(slot), dimension, rows.norm(slot)};
    return;
  }
  const uint8_t *row = codes.row(slot);
  if (metric == FK_MANHATTAN) {
    bytes = row;
    return;
  }
  int8_t *narrow = scratch.narrow[which].data;
  int32_t sum = 0;
  // Padding of a row is 128, that is zero; but the norm may lie in the last block.
  for (uint32_t d = 0; d < dimension; d++) {
    const int32_t c = int32_t(row[d]) - 128;
    narrow[d] = int8_t(c);
    sum += c;
  }
  memset(narrow + dimension, 0, code_bytes - dimension);
  memcpy(&offset, row + norm_at, 4);
  bias = 128 * sum;
  weight = 1;
  factor = metric == FK_DOT ? 1 : 2;
  query = {narrow, nullptr};
  if (set->wide_query) {
    int16_t *wide = scratch.wide[which].data;
    for (size_t d = 0; d < code_bytes; d++) wide[d] = narrow[d];
    query.wide = wide;
  }
}

void Scorer::score(const uint32_t *slots, size_t count, float *keys) const {
  if (!by_codes) {
    for (size_t i = 0; i < count; i++) keys[i] = exact_distance(exact, rows.vector(slots[i]), rows.norm(slots[i]));
    return;
  }
  if (count == 0) return;
  const uint8_t *at[kBatch];
  int32_t sums[kBatch];
  for (size_t i = 0; i < count; i++) at[i] = codes.row(slots[i]);
  if (metric == FK_MANHATTAN) {
    set->manhattan_codes(bytes, at, count, code_bytes, sums);
    for (size_t i = 0; i < count; i++) keys[i] = float(sums[i]);
    return;
  }
  set->dot_codes(query, at, count, code_bytes, sums);
  for (size_t i = 0; i < count; i++) {
    float norm;
    memcpy(&norm, at[i] + norm_at, 4);
    keys[i] = weight * norm + offset - factor * float(sums[i] - bias);
  }
}

}  // namespace franca
