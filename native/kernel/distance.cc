// Metrics over the inner loops, with a slow road in double for numbers that float32 sums cannot carry.
#include "distance.h"

#include <cfloat>
#include <cmath>

namespace franca {
namespace {

// Sums of squares outside lose digits (denormal terms) or overflow.
constexpr float kSmallestSquare = 1e-20f, kLargestSquare = 1e30f;

float to_finite(double value) {
  if (value > FLT_MAX) return FLT_MAX;
  if (value < -FLT_MAX) return -FLT_MAX;
  return float(value);
}

float distance_in_double(fk_metric metric, const float *a, const float *b, size_t n) {
  double sum = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < n; i++) {
    const double x = a[i], y = b[i];
    if (metric == FK_MANHATTAN) sum += fabs(x - y);
    else if (metric == FK_EUCLIDEAN) sum += (x - y) * (x - y);
    else sum += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (metric == FK_DOT) return to_finite(-sum);
  if (metric == FK_EUCLIDEAN) return to_finite(sqrt(sum));
  if (metric == FK_MANHATTAN) return to_finite(sum);
  if (aa == 0 || bb == 0) return 1;
  const double cosine = sum / (sqrt(aa) * sqrt(bb));
  return float(cosine > 1 ? 0 : cosine < -1 ? 2 : 1 - cosine);
}

}  // namespace

float cosine_norm(const Instructions &set, const float *vector, size_t dimension) {
  const float square = set.dot(vector, vector, dimension);
  if (square >= kSmallestSquare && square <= kLargestSquare) return sqrtf(square);
  for (size_t i = 0; i < dimension; i++) {
    if (vector[i] != 0) return NAN;
  }
  return 0;
}

ExactQuery exact_query(fk_metric metric, const float *vector, size_t dimension) {
  const Instructions &set = instructions();
  return {&set, metric, vector, dimension, metric == FK_COSINE ? cosine_norm(set, vector, dimension) : 0};
}

float exact_distance(const ExactQuery &query, const float *row, float row_norm) {
  const float *vector = query.vector;
  const size_t n = query.dimension;
  switch (query.metric) {
    case FK_COSINE: {
      const float norms = query.norm * row_norm;
      if (norms == 0) return 1;  // a zero vector: both norms are far above the square root of FLT_MIN otherwise
      if (!(norms > 0)) break;
      const float distance = 1.0f - query.set->dot(vector, row, n) / norms;
      return distance < 0 ? 0 : distance > 2 ? 2 : distance;
    }
    case FK_DOT: {
      const float distance = -query.set->dot(vector, row, n);
      if (std::isfinite(distance)) return distance;
      break;
    }
    case FK_EUCLIDEAN: {
      const float square = query.set->squared_euclidean(vector, row, n);
      if (square >= kSmallestSquare && square <= FLT_MAX) return sqrtf(square);
      break;
    }
    case FK_MANHATTAN: {
      const float distance = query.set->manhattan(vector, row, n);
      if (std::isfinite(distance)) return distance;
      break;
    }
  }
  return distance_in_double(query.metric, vector, row, n);
}

}  // namespace franca

using namespace franca;

float fk_distance_f32(fk_metric metric, const float *a, const float *b, size_t dimension) {
  const ExactQuery query = exact_query(metric, a, dimension);
  return exact_distance(query, b, metric == FK_COSINE ? cosine_norm(*query.set, b, dimension) : 0);
}

float fk_distance_i8(fk_metric metric, const int8_t *a, const int8_t *b, size_t dimension) {
  const Instructions &set = instructions();
  switch (metric) {
    case FK_DOT: return -float(set.dot_i8(a, b, dimension));
    case FK_EUCLIDEAN: return sqrtf(float(set.squared_euclidean_i8(a, b, dimension)));
    case FK_MANHATTAN: return float(set.manhattan_i8(a, b, dimension));
    case FK_COSINE: break;
  }
  const double aa = double(set.dot_i8(a, a, dimension)), bb = double(set.dot_i8(b, b, dimension));
  if (aa == 0 || bb == 0) return 1;
  const double cosine = double(set.dot_i8(a, b, dimension)) / (sqrt(aa) * sqrt(bb));
  return float(cosine > 1 ? 0 : 1 - cosine);
}

int fk_all_finite(const float *values, size_t length) {
  // A float is finite when its exponent is not all ones. Blocks without a branch inside are vectorised.
  constexpr size_t block = 256;
  size_t i = 0;
  while (i < length) {
    const size_t end = i + block < length ? i + block : length;
    uint32_t bad = 0;
    for (; i < end; i++) {
      uint32_t bits;
      __builtin_memcpy(&bits, values + i, 4);
      bad |= (bits & 0x7F800000u) == 0x7F800000u;
    }
    if (bad) return 0;
  }
  return 1;
}
