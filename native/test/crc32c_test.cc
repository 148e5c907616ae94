// CRC-32C against the vectors of RFC 3720 and against the definition.
#include "../kernel/crc32c.h"
#include "data.h"
#include "harness.h"

using namespace test;

static uint32_t by_bits(const uint8_t *bytes, size_t length) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
  }
  return ~crc;
}

law("CRC-32C gives the values of RFC 3720") {
  uint8_t bytes[32] = {};
  check(fk_crc32c(0, bytes, 32) == 0x8A9136AAu);
  memset(bytes, 0xFF, 32);
  check(fk_crc32c(0, bytes, 32) == 0x62A8AB43u);
  for (int i = 0; i < 32; i++) bytes[i] = uint8_t(i);
  check(fk_crc32c(0, bytes, 32) == 0x46DD794Eu);
  check(fk_crc32c(0, "123456789", 9) == 0xE3069283u);
  check(fk_crc32c(0, bytes, 0) == 0);
};

law("CRC-32C is the same in one piece and in many, at every length and alignment") {
  Random random(6);
  std::vector<uint8_t> bytes(20000);
  for (auto &byte : bytes) byte = uint8_t(random());
  for (size_t length : {1u, 7u, 8u, 9u, 63u, 100u, 3071u, 3072u, 3073u, 6144u, 9999u, 16000u}) {
    const size_t shift = random() % 16;
    const uint32_t expected = by_bits(bytes.data() + shift, length);
    check(fk_crc32c(0, bytes.data() + shift, length) == expected);
    const size_t cut = random() % length;
    check(fk_crc32c(fk_crc32c(0, bytes.data() + shift, cut), bytes.data() + shift + cut, length - cut) == expected);
  }
};
