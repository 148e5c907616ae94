// AVX-512 (F, BW, VL, DQ): 512 bits. Compiled with -mavx512f -mavx512bw -mavx512vl -mavx512dq.
#include <immintrin.h>

#include "distance_avx512.h"
#include "instructions.h"
#include "lanes_float.h"
#include "lanes_int8.h"

namespace franca {
namespace {

struct Float16 {
  using Reg = __m512;
  static constexpr size_t width = 16;
  static Reg zero() { return _mm512_setzero_ps(); }
  static Reg load(const float *p) { return _mm512_loadu_ps(p); }
  static Reg add(Reg a, Reg b) { return _mm512_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm512_mul_ps(a, b); }
  static Reg abs(Reg a) { return _mm512_abs_ps(a); }
  static float fold(Reg a) {
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
};

struct Short32 {
  using Reg = __m512i;
  static constexpr size_t width = 32;
  static Reg zero() { return _mm512_setzero_si512(); }
  static Reg ones() { return _mm512_set1_epi16(1); }
  static Reg load(const int16_t *p) { return _mm512_loadu_si512(p); }
  static Reg widen_signed(const int8_t *p) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
  }
  static Reg widen_unsigned(const uint8_t *p) {
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
  }
  static Reg sub(Reg a, Reg b) { return _mm512_sub_epi16(a, b); }
  static Reg abs(Reg a) { return _mm512_abs_epi16(a); }
  static Reg multiply_add_pairs(Reg a, Reg b) { return _mm512_madd_epi16(a, b); }
  static Reg add32(Reg a, Reg b) { return _mm512_add_epi32(a, b); }
  static int32_t fold32(Reg a) { return _mm512_reduce_add_epi32(a); }
};

}  // namespace

void manhattan_codes_avx512(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  size_t i = 0;
  for (; i + 2 <= count; i += 2) {
    __m512i s0 = _mm512_setzero_si512(), s1 = s0;  // 64-bit sums, by vpsadbw
    for (size_t at = 0; at < bytes; at += 64) {
      const __m512i q = _mm512_loadu_si512(query + at);
      s0 = _mm512_add_epi64(s0, _mm512_sad_epu8(_mm512_loadu_si512(rows[i] + at), q));
      s1 = _mm512_add_epi64(s1, _mm512_sad_epu8(_mm512_loadu_si512(rows[i + 1] + at), q));
    }
    out[i] = Short32::fold32(s0);  // the high halves are zero
    out[i + 1] = Short32::fold32(s1);
  }
  if (i < count) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t at = 0; at < bytes; at += 64) {
      sum = _mm512_add_epi64(sum, _mm512_sad_epu8(_mm512_loadu_si512(rows[i] + at), _mm512_loadu_si512(query + at)));
    }
    out[i] = Short32::fold32(sum);
  }
}

float dot_avx512(const float *a, const float *b, size_t n) { return dot<Float16>(a, b, n); }
float squared_euclidean_avx512(const float *a, const float *b, size_t n) { return squared_euclidean<Float16>(a, b, n); }
float manhattan_avx512(const float *a, const float *b, size_t n) { return manhattan<Float16>(a, b, n); }
int64_t dot_i8_avx512(const int8_t *a, const int8_t *b, size_t n) { return dot_i8<Short32>(a, b, n); }
int64_t squared_euclidean_i8_avx512(const int8_t *a, const int8_t *b, size_t n) {
  return squared_euclidean_i8<Short32>(a, b, n);
}
int64_t manhattan_i8_avx512(const int8_t *a, const int8_t *b, size_t n) { return manhattan_i8<Short32>(a, b, n); }

const Instructions avx512_instructions = {
    "avx512",           true,
    dot_avx512,         squared_euclidean_avx512,    manhattan_avx512,
    dot_i8_avx512,      squared_euclidean_i8_avx512, manhattan_i8_avx512,
    dot_codes<Short32>, manhattan_codes_avx512,
};

}  // namespace franca
