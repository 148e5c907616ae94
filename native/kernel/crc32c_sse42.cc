// CRC-32C by the crc32 instruction. It takes three cycles but one may start every cycle, so long inputs run as three
// interleaved streams that are joined by shifting the earlier ones over the later ones' zeros. Compiled with -msse4.2.
#if defined(__x86_64__)
#include "crc32c.h"

#include <nmmintrin.h>

#include <cstring>

namespace franca {
namespace {

constexpr size_t kStream = 1024;  // bytes of each of the three streams

// The effect of kStream zero bytes on a register, as four tables of one byte each (the operation is linear).
struct ZeroShift {
  uint32_t at[4][256];
};

constexpr ZeroShift make_shift() {
  ZeroShift shift{};
  uint32_t of_bit[32] = {};
  for (int bit = 0; bit < 32; bit++) {
    uint32_t crc = 1u << bit;
    for (size_t zero_bit = 0; zero_bit < kStream * 8; zero_bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    of_bit[bit] = crc;
  }
  for (int k = 0; k < 4; k++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t crc = 0;
      for (int bit = 0; bit < 8; bit++) {
        if (byte >> bit & 1) crc ^= of_bit[8 * k + bit];
      }
      shift.at[k][byte] = crc;
    }
  }
  return shift;
}

uint32_t over_zeros(uint32_t crc) {
  static const ZeroShift shift = make_shift();
  return shift.at[0][crc & 255] ^ shift.at[1][crc >> 8 & 255] ^ shift.at[2][crc >> 16 & 255] ^ shift.at[3][crc >> 24];
}

inline uint64_t eight(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, 8);
  return value;
}

}  // namespace

uint32_t crc32c_sse42(uint32_t state, const uint8_t *bytes, size_t length) {
  for (; length >= 3 * kStream; bytes += 3 * kStream, length -= 3 * kStream) {
    uint64_t a = state, b = 0, c = 0;
    for (size_t i = 0; i < kStream; i += 8) {
      a = _mm_crc32_u64(a, eight(bytes + i));
      b = _mm_crc32_u64(b, eight(bytes + kStream + i));
      c = _mm_crc32_u64(c, eight(bytes + 2 * kStream + i));
    }
    state = over_zeros(over_zeros(uint32_t(a)) ^ uint32_t(b)) ^ uint32_t(c);
  }
  uint64_t wide = state;
  for (; length >= 8; bytes += 8, length -= 8) wide = _mm_crc32_u64(wide, eight(bytes));
  state = uint32_t(wide);
  for (; length; bytes++, length--) state = _mm_crc32_u8(state, *bytes);
  return state;
}

}  // namespace franca
#endif
