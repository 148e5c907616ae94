// The int8 sums, written once over a vector type W of W::width 16-bit numbers. Integers are exact in any order.
// Included only by the distance_*.cc files, each with its own W in an unnamed namespace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "instructions.h"

namespace franca {
namespace {

// Each step adds at most 2 * 255^2 to a 32-bit sum, so blocks of this many numbers cannot overflow one.
constexpr size_t kBlock = 16384;

struct ProductI8 {
  template <class W>
  static typename W::Reg of(typename W::Reg a, typename W::Reg b) { return W::multiply_add_pairs(a, b); }
};
struct SquaredDifferenceI8 {
  template <class W>
  static typename W::Reg of(typename W::Reg a, typename W::Reg b) {
    const typename W::Reg difference = W::sub(a, b);
    return W::multiply_add_pairs(difference, difference);
  }
};
struct AbsoluteDifferenceI8 {
  template <class W>
  static typename W::Reg of(typename W::Reg a, typename W::Reg b) {
    return W::multiply_add_pairs(W::abs(W::sub(a, b)), W::ones());
  }
};

template <class W, class Term>
int64_t sum_of_i8(const int8_t *a, const int8_t *b, size_t n) {
  int64_t total = 0;
  size_t i = 0;
  while (n - i >= W::width) {
    const size_t whole = (n - i) / W::width * W::width;
    const size_t end = i + (whole < kBlock ? whole : kBlock);
    typename W::Reg sum = W::zero();
    for (; i < end; i += W::width) {
      sum = W::add32(sum, Term::template of<W>(W::widen_signed(a + i), W::widen_signed(b + i)));
    }
    total += W::fold32(sum);
  }
  if (i < n) {
    int8_t rest_a[W::width] = {}, rest_b[W::width] = {};
    memcpy(rest_a, a + i, n - i);
    memcpy(rest_b, b + i, n - i);
    total += W::fold32(Term::template of<W>(W::widen_signed(rest_a), W::widen_signed(rest_b)));
  }
  return total;
}

template <class W>
int64_t dot_i8(const int8_t *a, const int8_t *b, size_t n) { return sum_of_i8<W, ProductI8>(a, b, n); }
template <class W>
int64_t squared_euclidean_i8(const int8_t *a, const int8_t *b, size_t n) {
  return sum_of_i8<W, SquaredDifferenceI8>(a, b, n);
}
template <class W>
int64_t manhattan_i8(const int8_t *a, const int8_t *b, size_t n) { return sum_of_i8<W, AbsoluteDifferenceI8>(a, b, n); }

// Four rows at a time: the query is loaded once for all, and their four sums of products hide each other's latency.
template <class W>
void dot_codes(const CodeQuery &query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const uint8_t *r0 = rows[i], *r1 = rows[i + 1], *r2 = rows[i + 2], *r3 = rows[i + 3];
    typename W::Reg s0 = W::zero(), s1 = W::zero(), s2 = W::zero(), s3 = W::zero();
    for (size_t at = 0; at < bytes; at += W::width) {
      const typename W::Reg q = W::load(query.wide + at);
      s0 = W::add32(s0, W::multiply_add_pairs(W::widen_unsigned(r0 + at), q));
      s1 = W::add32(s1, W::multiply_add_pairs(W::widen_unsigned(r1 + at), q));
      s2 = W::add32(s2, W::multiply_add_pairs(W::widen_unsigned(r2 + at), q));
      s3 = W::add32(s3, W::multiply_add_pairs(W::widen_unsigned(r3 + at), q));
    }
    out[i] = W::fold32(s0);
    out[i + 1] = W::fold32(s1);
    out[i + 2] = W::fold32(s2);
    out[i + 3] = W::fold32(s3);
  }
  for (; i < count; i++) {
    typename W::Reg s0 = W::zero(), s1 = W::zero();
    for (size_t at = 0; at < bytes; at += 2 * W::width) {
      s0 = W::add32(s0, W::multiply_add_pairs(W::widen_unsigned(rows[i] + at), W::load(query.wide + at)));
      s1 = W::add32(s1, W::multiply_add_pairs(W::widen_unsigned(rows[i] + at + W::width),
                                              W::load(query.wide + at + W::width)));
    }
    out[i] = W::fold32(W::add32(s0, s1));
  }
}

}  // namespace
}  // namespace franca
