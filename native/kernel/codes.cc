// Training and encoding of int8 codes; see codes.h for what they mean.
#include "codes.h"

#include <cfloat>
#include <cmath>

#include "fidelity.h"

namespace franca {
namespace {

constexpr uint32_t kSample = 16384;  // rows that mean and scale are learnt from

// The 99.95th percentile of |x - mean| over the sample: clipping the few beyond costs less than coarser steps for all.
// Counted by the upper 16 bits of the floats, which order like the floats themselves, to within 1%.
float spread_of(const RowsView &view, const Codes &codes, uint32_t stride, Buffer<float> &x, Buffer<uint64_t> &counts) {
  uint64_t total = 0;
  for (uint64_t slot = 0; slot < view.slots; slot += stride) {
    if (!view.live(uint32_t(slot))) continue;
    to_code_space(codes.metric, view.vector(uint32_t(slot)), view.norm(uint32_t(slot)), codes.dimension, x.data);
    for (uint32_t d = 0; d < codes.dimension; d++) {
      const float away = fabsf(x[d] - codes.mean[d]);
      uint32_t bits;
      memcpy(&bits, &away, 4);
      counts[bits >> 16]++;
    }
    total += codes.dimension;
  }
  uint64_t beyond = total / 2000;
  for (uint32_t top = 0x7F80; top > 0; top--) {
    if (counts[top] > beyond) {
      const uint32_t bits = (top << 16) + 0xFFFF;
      float spread;
      memcpy(&spread, &bits, 4);
      return spread < FLT_MAX ? spread : FLT_MAX;
    }
    beyond -= counts[top];
  }
  return 0;
}

}  // namespace

void to_code_space(fk_metric metric, const float *vector, float norm, size_t dimension, float *out) {
  if (metric != FK_COSINE || norm == 0) {
    memcpy(out, vector, dimension * sizeof(float));
    return;
  }
  if (norm > 0) {
    const float inverse = 1 / norm;
    for (size_t d = 0; d < dimension; d++) out[d] = vector[d] * inverse;
    return;
  }
  double square = 0;  // NaN: too long or too short for float32
  for (size_t d = 0; d < dimension; d++) square += double(vector[d]) * vector[d];
  const double inverse = 1 / sqrt(square);
  for (size_t d = 0; d < dimension; d++) out[d] = float(vector[d] * inverse);
}

bool Codes::prepare(fk_metric its_metric, uint32_t its_dimension) {
  metric = its_metric;
  dimension = its_dimension;
  rows.set_row_bytes(rows_bytes());
  return mean.reserve(dimension);
}

namespace {

// Apart, so that the compiler knows that the bytes written are none of what is read.
uint32_t encode_components(const float *__restrict x, const float *__restrict mean, float inverse_scale, uint32_t dimension,
                           uint8_t *__restrict row) {
  uint32_t outside = 0;
  for (uint32_t d = 0; d < dimension; d++) {
    float steps = (x[d] - mean[d]) * inverse_scale;
    outside += uint32_t(steps > 128) | uint32_t(steps < -128);
    steps = steps > 127 ? 127 : steps;
    steps = steps < -127 ? -127 : steps;
    row[d] = uint8_t(int32_t(steps + 128.5f));
  }
  return outside;
}

}  // namespace

uint32_t Codes::encode_into(const RowsView &view, uint32_t slot, float *scratch, uint8_t *row) const {
  const float norm = view.norm(slot);
  to_code_space(metric, view.vector(slot), norm, dimension, scratch);
  const uint32_t outside = encode_components(scratch, mean.data, inverse_scale, dimension, row);
  if (metric == FK_MANHATTAN) return outside;
  memset(row + dimension, 128, code_bytes() > dimension ? code_bytes() - dimension : 0);
  float its_norm;
  if (metric == FK_DOT) {
    double sum = 0;
    for (uint32_t d = 0; d < dimension; d++) sum -= double(mean[d]) * (int32_t(row[d]) - 128);
    its_norm = float(sum * inverse_scale);
  } else {
    int64_t sum = 0;
    for (uint32_t d = 0; d < dimension; d++) {
      const int32_t c = int32_t(row[d]) - 128;
      sum += c * c;
    }
    its_norm = float(sum);
    // A zero vector is at cosine distance 1 from all, |q - x|^2 = 2 between unit vectors, but lies at 1 from all of them.
    if (metric == FK_COSINE && norm == 0) its_norm += inverse_scale * inverse_scale;
  }
  memcpy(row + norm_at(), &its_norm, 4);
  return outside;
}

bool Codes::outgrown(const RowsView &view, const uint32_t *sample, uint32_t count, float *scratch) const {
  if (view.slots / 4 >= trained_on) return true;
  constexpr uint64_t few = 512, share = 200;  // one in 200 is ten times what the training leaves outside
  const uint64_t seen = encoded.load(std::memory_order_relaxed);
  if (seen > few * dimension && clipped.load(std::memory_order_relaxed) > seen / share) return true;
  Buffer<uint8_t> row;
  if (!count || !row.reserve(rows_bytes())) return false;
  uint64_t looked_at = 0, outside = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!view.live(sample[i])) continue;
    looked_at += dimension;
    outside += encode_into(view, sample[i], scratch, row.data);
  }
  return looked_at > 16 * uint64_t(dimension) && outside > looked_at / share;
}

fk_status train(Codes &codes, const RowsView &view, const Progress &progress) {
  const uint32_t dimension = codes.dimension;
  Buffer<float> x;
  Buffer<double> sum;
  Buffer<uint64_t> counts;
  if (!x.reserve(dimension) || !sum.reserve(dimension) || !counts.reserve(65536)) return FK_NO_MEMORY;

  const uint32_t stride = view.slots / kSample + 1;
  uint32_t rows = 0;
  for (uint64_t slot = 0; slot < view.slots; slot += stride) {
    if (!view.live(uint32_t(slot))) continue;
    if (progress.cancelled()) return FK_CANCELLED;
    to_code_space(codes.metric, view.vector(uint32_t(slot)), view.norm(uint32_t(slot)), dimension, x.data);
    for (uint32_t d = 0; d < dimension; d++) sum[d] += x[d];
    rows++;
  }
  for (uint32_t d = 0; d < dimension; d++) codes.mean[d] = rows ? float(sum[d] / rows) : 0;
  codes.scale = spread_of(view, codes, stride, x, counts) / 127;
  if (!(codes.scale > 1e-30f)) codes.scale = 1e-30f;
  codes.inverse_scale = 1 / codes.scale;
  codes.encoded = codes.clipped = 0;
  codes.trained_on = view.slots;
  return measure_fidelity(codes, view, progress);
}

}  // namespace franca
