// WebAssembly SIMD: 128 bits. Compiled with -msimd128.
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>

#include "instructions.h"
#include "lanes_float.h"
#include "lanes_int8.h"

namespace franca {
namespace {

struct Float4 {
  using Reg = v128_t;
  static constexpr size_t width = 4;
  static Reg zero() { return wasm_f32x4_splat(0); }
  static Reg load(const float *p) { return wasm_v128_load(p); }
  static Reg add(Reg a, Reg b) { return wasm_f32x4_add(a, b); }
  static Reg sub(Reg a, Reg b) { return wasm_f32x4_sub(a, b); }
  static Reg mul(Reg a, Reg b) { return wasm_f32x4_mul(a, b); }
  static Reg abs(Reg a) { return wasm_f32x4_abs(a); }
  static float fold(Reg a) {
    const Reg two = wasm_f32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(two, 0) + wasm_f32x4_extract_lane(two, 1);
  }
};

struct Short8 {
  using Reg = v128_t;
  static constexpr size_t width = 8;
  static Reg zero() { return wasm_i32x4_splat(0); }
  static Reg ones() { return wasm_i16x8_splat(1); }
  static Reg load(const int16_t *p) { return wasm_v128_load(p); }
  static Reg widen_signed(const int8_t *p) { return wasm_i16x8_load8x8(p); }
  static Reg widen_unsigned(const uint8_t *p) { return wasm_u16x8_load8x8(p); }
  static Reg sub(Reg a, Reg b) { return wasm_i16x8_sub(a, b); }
  static Reg abs(Reg a) { return wasm_i16x8_abs(a); }
  static Reg multiply_add_pairs(Reg a, Reg b) { return wasm_i32x4_dot_i16x8(a, b); }
  static Reg add32(Reg a, Reg b) { return wasm_i32x4_add(a, b); }
  static int32_t fold32(Reg a) {
    const Reg two = wasm_i32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
    return wasm_i32x4_extract_lane(two, 0) + wasm_i32x4_extract_lane(two, 1);
  }
};

void manhattan_of_codes(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  for (size_t i = 0; i < count; i++) {
    v128_t sum = wasm_i32x4_splat(0);
    for (size_t at = 0; at < bytes; at += 16) {
      const v128_t a = wasm_v128_load(rows[i] + at), b = wasm_v128_load(query + at);
      const v128_t difference = wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a));
      sum = wasm_i32x4_add(sum, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(difference)));
    }
    out[i] = Short8::fold32(sum);
  }
}

}  // namespace

const Instructions wasm_instructions = {
    "wasm-simd128", true,
    dot<Float4>,    squared_euclidean<Float4>,    manhattan<Float4>,
    dot_i8<Short8>, squared_euclidean_i8<Short8>, manhattan_i8<Short8>,
    dot_codes<Short8>, manhattan_of_codes,
};

}  // namespace franca
#endif
