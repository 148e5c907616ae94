// Exact float32 distances of one fixed vector to others, by metric.
#pragma once

#include <cstddef>

#include "../include/kernel.h"
#include "instructions.h"

namespace franca {

// The length of a vector as the cosine needs it: 0 for a zero vector, NaN when its square leaves the safe range of float32.
float cosine_norm(const Instructions &set, const float *vector, size_t dimension);

struct ExactQuery {
  const Instructions *set;
  fk_metric metric;
  const float *vector;
  size_t dimension;
  float norm;  // cosine only
};

ExactQuery exact_query(fk_metric metric, const float *vector, size_t dimension);
// row_norm is cosine_norm of the row; other metrics do not read it. Always finite.
float exact_distance(const ExactQuery &query, const float *row, float row_norm);

}  // namespace franca
