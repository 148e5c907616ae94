// CRC-32C (Castagnoli), reflected, as in RFC 3720.
#pragma once

#include <cstddef>
#include <cstdint>

namespace franca {

// Works on the inverted register, as both implementations do; fk_crc32c inverts before and after.
#if defined(__x86_64__)
uint32_t crc32c_sse42(uint32_t state, const uint8_t *bytes, size_t length);
#endif

}  // namespace franca
