// The reference: plain loops that every other instruction set is tested against, and that run anywhere.
#include "instructions.h"
#include "lanes_float.h"

namespace franca {
namespace {

struct One {
  using Reg = float;
  static constexpr size_t width = 1;
  static Reg zero() { return 0; }
  static Reg load(const float *p) { return *p; }
  static Reg add(Reg a, Reg b) { return a + b; }
  static Reg sub(Reg a, Reg b) { return a - b; }
  static Reg mul(Reg a, Reg b) { return a * b; }
  static Reg abs(Reg a) { return __builtin_fabsf(a); }
  static float fold(Reg a) { return a; }
};

int64_t dot_of_i8(const int8_t *a, const int8_t *b, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

int64_t squared_euclidean_of_i8(const int8_t *a, const int8_t *b, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

int64_t manhattan_of_i8(const int8_t *a, const int8_t *b, size_t n) {
  int64_t sum = 0;
  for (size_t i = 0; i < n; i++) sum += a[i] < b[i] ? b[i] - a[i] : a[i] - b[i];
  return sum;
}

void dot_of_codes(const CodeQuery &query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  for (size_t i = 0; i < count; i++) {
    int32_t sum = 0;
    for (size_t at = 0; at < bytes; at++) sum += rows[i][at] * query.narrow[at];
    out[i] = sum;
  }
}

void manhattan_of_codes(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  for (size_t i = 0; i < count; i++) {
    int32_t sum = 0;
    for (size_t at = 0; at < bytes; at++) {
      const int32_t difference = int32_t(rows[i][at]) - query[at];
      sum += difference < 0 ? -difference : difference;
    }
    out[i] = sum;
  }
}

}  // namespace

const Instructions scalar_instructions = {
    "scalar",  false,
    dot<One>,  squared_euclidean<One>,  manhattan<One>,
    dot_of_i8, squared_euclidean_of_i8, manhattan_of_i8,
    dot_of_codes, manhattan_of_codes,
};

}  // namespace franca
