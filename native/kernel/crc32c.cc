// CRC-32C by tables, eight bytes a step ("slicing by 8", Kounavis and Berry 2005), or by the processor where it can.
#include "crc32c.h"

#include <cstring>

#include "../include/kernel.h"

namespace franca {
namespace {

struct Tables {
  uint32_t at[8][256];
};

constexpr Tables make_tables() {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    tables.at[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (int k = 1; k < 8; k++) {
      const uint32_t before = tables.at[k - 1][byte];
      tables.at[k][byte] = before >> 8 ^ tables.at[0][before & 255];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

uint32_t by_tables(uint32_t state, const uint8_t *bytes, size_t length) {
  for (; length >= 8; bytes += 8, length -= 8) {
    uint32_t low, high;  // little-endian, as every target of the kernel is
    memcpy(&low, bytes, 4);
    memcpy(&high, bytes + 4, 4);
    low ^= state;
    state = tables.at[7][low & 255] ^ tables.at[6][low >> 8 & 255] ^ tables.at[5][low >> 16 & 255] ^
            tables.at[4][low >> 24] ^ tables.at[3][high & 255] ^ tables.at[2][high >> 8 & 255] ^
            tables.at[1][high >> 16 & 255] ^ tables.at[0][high >> 24];
  }
  for (; length; bytes++, length--) state = state >> 8 ^ tables.at[0][(state ^ *bytes) & 255];
  return state;
}

}  // namespace
}  // namespace franca

uint32_t fk_crc32c(uint32_t seed, const void *bytes, size_t length) {
  const auto *at = static_cast<const uint8_t *>(bytes);
#if defined(__x86_64__)
  static const bool hardware = (__builtin_cpu_init(), __builtin_cpu_supports("sse4.2"));
  if (hardware) return ~franca::crc32c_sse42(~seed, at, length);
#endif
  return ~franca::by_tables(~seed, at, length);
}
