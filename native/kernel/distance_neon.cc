// NEON, part of every AArch64 processor: 128 bits.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "instructions.h"
#include "lanes_float.h"
#include "lanes_int8.h"

namespace franca {
namespace {

struct Float4 {
  using Reg = float32x4_t;
  static constexpr size_t width = 4;
  static Reg zero() { return vdupq_n_f32(0); }
  static Reg load(const float *p) { return vld1q_f32(p); }
  static Reg add(Reg a, Reg b) { return vaddq_f32(a, b); }
  static Reg sub(Reg a, Reg b) { return vsubq_f32(a, b); }
  static Reg mul(Reg a, Reg b) { return vmulq_f32(a, b); }
  static Reg abs(Reg a) { return vabsq_f32(a); }
  static float fold(Reg a) {
    const float32x2_t two = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
};

struct Short8 {
  using Reg = int16x8_t;
  static constexpr size_t width = 8;
  static Reg zero() { return vdupq_n_s16(0); }
  static Reg ones() { return vdupq_n_s16(1); }
  static Reg load(const int16_t *p) { return vld1q_s16(p); }
  static Reg widen_signed(const int8_t *p) { return vmovl_s8(vld1_s8(p)); }
  static Reg widen_unsigned(const uint8_t *p) { return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(p))); }
  static Reg sub(Reg a, Reg b) { return vsubq_s16(a, b); }
  static Reg abs(Reg a) { return vabsq_s16(a); }
  static Reg multiply_add_pairs(Reg a, Reg b) {
    const int32x4_t low = vmull_s16(vget_low_s16(a), vget_low_s16(b));
    return vreinterpretq_s16_s32(vmlal_high_s16(low, a, b));
  }
  static Reg add32(Reg a, Reg b) {
    return vreinterpretq_s16_s32(vaddq_s32(vreinterpretq_s32_s16(a), vreinterpretq_s32_s16(b)));
  }
  static int32_t fold32(Reg a) { return vaddvq_s32(vreinterpretq_s32_s16(a)); }
};

void manhattan_of_codes(const uint8_t *query, const uint8_t *const *rows, size_t count, size_t bytes, int32_t *out) {
  for (size_t i = 0; i < count; i++) {
    uint32x4_t sum = vdupq_n_u32(0);
    for (size_t at = 0; at < bytes; at += 16) {
      sum = vpadalq_u16(sum, vpaddlq_u8(vabdq_u8(vld1q_u8(rows[i] + at), vld1q_u8(query + at))));
    }
    out[i] = int32_t(vaddvq_u32(sum));
  }
}

}  // namespace

const Instructions neon_instructions = {
    "neon",         true,
    dot<Float4>,    squared_euclidean<Float4>,    manhattan<Float4>,
    dot_i8<Short8>, squared_euclidean_i8<Short8>, manhattan_i8<Short8>,
    dot_codes<Short8>, manhattan_of_codes,
};

}  // namespace franca
#endif
