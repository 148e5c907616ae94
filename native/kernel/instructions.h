// One table of inner loops for each instruction set; the best that the machine has is picked once, at run time.
//
// Float sums are the same bit for bit in every set: 32 running sums, element i in sum i mod 32, multiplied and added with
// two roundings (never fused), then folded in halves (16, 8, 4, 2, 1). So a native build, a WebAssembly build
// and two machines of one cluster give the same distances and break ties alike. Files are therefore compiled with
// -ffp-contract=off; the tests compare the bits.
#pragma once

#include <cstddef>
#include <cstdint>

namespace franca {

// The fixed side of int8 comparisons, padded with zeros to whole blocks of 64.
struct CodeQuery {
  const int8_t *narrow;  // signed bytes
  const int16_t *wide;   // the same, widened, for sets that multiply 16 bits; null when Instructions::wide_query is false
};

struct Instructions {
  const char *name;
  bool wide_query;

  // Float32 pairs of any length and alignment.
  float (*dot)(const float *a, const float *b, size_t n);
  float (*squared_euclidean)(const float *a, const float *b, size_t n);
  float (*manhattan)(const float *a, const float *b, size_t n);

  // Int8 pairs, exact.
  int64_t (*dot_i8)(const int8_t *a, const int8_t *b, size_t n);
  int64_t (*squared_euclidean_i8)(const int8_t *a, const int8_t *b, size_t n);
  int64_t (*manhattan_i8)(const int8_t *a, const int8_t *b, size_t n);

  // Codes are unsigned bytes, `bytes` (a multiple of 64) a row. out[i] = sum of row_i[j] * query[j].
  // With a query that was 127 everywhere and 65,536 dimensions the sum still fits 32 bits.
  void (*dot_codes)(const CodeQuery &query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out);
  // out[i] = sum of |row_i[j] - query[j]|
  void (*manhattan_codes)(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out);
};

extern const Instructions scalar_instructions;
#if defined(__x86_64__) || defined(_M_X64)
extern const Instructions avx2_instructions;
extern const Instructions avx512_instructions;
extern const Instructions avx512vnni_instructions;
#elif defined(__aarch64__)
extern const Instructions neon_instructions;
#elif defined(__wasm_simd128__)
extern const Instructions wasm_instructions;
#endif

// The set in use.
const Instructions &instructions();

}  // namespace franca
