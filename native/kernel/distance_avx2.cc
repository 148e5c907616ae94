// AVX2: 256 bits. Compiled with -mavx2.
#include <immintrin.h>

#include "instructions.h"
#include "lanes_float.h"
#include "lanes_int8.h"

namespace franca {
namespace {

struct Float8 {
  using Reg = __m256;
  static constexpr size_t width = 8;
  static Reg zero() { return _mm256_setzero_ps(); }
  static Reg load(const float *p) { return _mm256_loadu_ps(p); }
  static Reg add(Reg a, Reg b) { return _mm256_add_ps(a, b); }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_ps(a, b); }
  static Reg mul(Reg a, Reg b) { return _mm256_mul_ps(a, b); }
  static Reg abs(Reg a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
  static float fold(Reg a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
};

struct Short16 {
  using Reg = __m256i;
  static constexpr size_t width = 16;
  static Reg zero() { return _mm256_setzero_si256(); }
  static Reg ones() { return _mm256_set1_epi16(1); }
  static Reg load(const int16_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
  static Reg widen_signed(const int8_t *p) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
  }
  static Reg widen_unsigned(const uint8_t *p) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
  }
  static Reg sub(Reg a, Reg b) { return _mm256_sub_epi16(a, b); }
  static Reg abs(Reg a) { return _mm256_abs_epi16(a); }
  static Reg multiply_add_pairs(Reg a, Reg b) { return _mm256_madd_epi16(a, b); }
  static Reg add32(Reg a, Reg b) { return _mm256_add_epi32(a, b); }
  static int32_t fold32(Reg a) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
  }
};

void manhattan_of_codes(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  for (size_t i = 0; i < count; i++) {
    __m256i s0 = _mm256_setzero_si256(), s1 = s0;  // 64-bit sums, by vpsadbw
    for (size_t at = 0; at < bytes; at += 64) {
      const auto *row = reinterpret_cast<const __m256i *>(rows[i] + at);
      const auto *q = reinterpret_cast<const __m256i *>(query + at);
      s0 = _mm256_add_epi64(s0, _mm256_sad_epu8(_mm256_loadu_si256(row), _mm256_loadu_si256(q)));
      s1 = _mm256_add_epi64(s1, _mm256_sad_epu8(_mm256_loadu_si256(row + 1), _mm256_loadu_si256(q + 1)));
    }
    out[i] = Short16::fold32(_mm256_add_epi64(s0, s1));  // the high halves are zero
  }
}

}  // namespace

const Instructions avx2_instructions = {
    "avx2",          true,
    dot<Float8>,     squared_euclidean<Float8>,     manhattan<Float8>,
    dot_i8<Short16>, squared_euclidean_i8<Short16>, manhattan_i8<Short16>,
    dot_codes<Short16>, manhattan_of_codes,
};

}  // namespace franca
