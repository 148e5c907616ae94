// What AVX-512 and AVX-512 VNNI share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace franca {

float dot_avx512(const float *a, const float *b, size_t n);
float squared_euclidean_avx512(const float *a, const float *b, size_t n);
float manhattan_avx512(const float *a, const float *b, size_t n);
int64_t dot_i8_avx512(const int8_t *a, const int8_t *b, size_t n);
int64_t squared_euclidean_i8_avx512(const int8_t *a, const int8_t *b, size_t n);
int64_t manhattan_i8_avx512(const int8_t *a, const int8_t *b, size_t n);
void manhattan_codes_avx512(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out);

}  // namespace franca
