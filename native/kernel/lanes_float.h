// The float32 sums, written once over a vector type V of V::width floats. See instructions.h for the order of summing.
// Included only by the distance_*.cc files, each with its own V in an unnamed namespace.
#pragma once

#include <cstddef>
#include <cstring>

namespace franca {
namespace {

constexpr size_t kSums = 32;

struct Product {
  template <class V>
  static typename V::Reg of(typename V::Reg a, typename V::Reg b) { return V::mul(a, b); }
};
struct SquaredDifference {
  template <class V>
  static typename V::Reg of(typename V::Reg a, typename V::Reg b) {
    const typename V::Reg difference = V::sub(a, b);
    return V::mul(difference, difference);
  }
};
struct AbsoluteDifference {
  template <class V>
  static typename V::Reg of(typename V::Reg a, typename V::Reg b) { return V::abs(V::sub(a, b)); }
};

template <class V, class Term>
float sum_of(const float *a, const float *b, size_t n) {
  constexpr size_t registers = kSums / V::width;
  typename V::Reg sums[registers];
  for (size_t r = 0; r < registers; r++) sums[r] = V::zero();
  size_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (size_t r = 0; r < registers; r++) {
      sums[r] = V::add(sums[r], Term::template of<V>(V::load(a + i + r * V::width), V::load(b + i + r * V::width)));
    }
  }
  if (i < n) {  // the rest, padded with zeros: they add nothing to their sums
    float rest_a[kSums] = {}, rest_b[kSums] = {};
    memcpy(rest_a, a + i, (n - i) * sizeof(float));
    memcpy(rest_b, b + i, (n - i) * sizeof(float));
    for (size_t r = 0; r < registers; r++) {
      sums[r] = V::add(sums[r], Term::template of<V>(V::load(rest_a + r * V::width), V::load(rest_b + r * V::width)));
    }
  }
  for (size_t half = registers / 2; half; half /= 2) {
    for (size_t r = 0; r < half; r++) sums[r] = V::add(sums[r], sums[r + half]);
  }
  return V::fold(sums[0]);  // the remaining V::width sums, in halves
}

template <class V>
float dot(const float *a, const float *b, size_t n) { return sum_of<V, Product>(a, b, n); }
template <class V>
float squared_euclidean(const float *a, const float *b, size_t n) { return sum_of<V, SquaredDifference>(a, b, n); }
template <class V>
float manhattan(const float *a, const float *b, size_t n) { return sum_of<V, AbsoluteDifference>(a, b, n); }

}  // namespace
}  // namespace franca
