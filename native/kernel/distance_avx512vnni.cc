// AVX-512 VNNI: vpdpbusd multiplies 64 unsigned by 64 signed bytes and adds them up in one instruction, which is what the
// traversal of int8 codes lives on. Compiled with the flags of distance_avx512.cc and -mavx512vnni.
#include <immintrin.h>

#include "distance_avx512.h"
#include "instructions.h"

namespace franca {
namespace {

// Sixteen sums of four rows each to four numbers, with shared shuffles.
inline void store_four_sums(__m512i a, __m512i b, __m512i c, __m512i d, int32_t *out) {
  const __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  const __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  const __m512i abcd = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(abcd), _mm512_extracti64x4_epi64(abcd, 1));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(out),
                   _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

void dot_of_codes(const CodeQuery &query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const uint8_t *r0 = rows[i], *r1 = rows[i + 1], *r2 = rows[i + 2], *r3 = rows[i + 3];
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t at = 0; at < bytes; at += 64) {
      const __m512i q = _mm512_loadu_si512(query.narrow + at);
      s0 = _mm512_dpbusd_epi32(s0, _mm512_loadu_si512(r0 + at), q);
      s1 = _mm512_dpbusd_epi32(s1, _mm512_loadu_si512(r1 + at), q);
      s2 = _mm512_dpbusd_epi32(s2, _mm512_loadu_si512(r2 + at), q);
      s3 = _mm512_dpbusd_epi32(s3, _mm512_loadu_si512(r3 + at), q);
    }
    store_four_sums(s0, s1, s2, s3, out + i);
  }
  for (; i < count; i++) {
    __m512i sum = _mm512_setzero_si512();
    for (size_t at = 0; at < bytes; at += 64) {
      sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(rows[i] + at), _mm512_loadu_si512(query.narrow + at));
    }
    out[i] = _mm512_reduce_add_epi32(sum);
  }
}

}  // namespace

// Everything else is that of AVX-512.
const Instructions avx512vnni_instructions = {
    "avx512vnni",        false,
    dot_avx512,          squared_euclidean_avx512,    manhattan_avx512,
    dot_i8_avx512,       squared_euclidean_i8_avx512, manhattan_i8_avx512,
    dot_of_codes,        manhattan_codes_avx512,
};

}  // namespace franca
