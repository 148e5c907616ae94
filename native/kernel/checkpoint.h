// The bytes of a saved graph, all little-endian:
//
//   header    Header, below
//   mean      dimension x float32, when codes is not 0
//   members   one bit a slot in uint32 words: which slots are nodes
//   links     for each node in slot order, for each of its levels from 0 up: uint8 count, then count x uint32 slots
//   checksum  uint32, CRC-32C of everything before
//
// Slots without a member bit are holes: pending when there is a live row, else absent or dead. Format 1 had a watermark,
// below which every live row was a node.
//
// Levels are not stored: they follow from seed and slot. Codes are not stored: they follow from the rows.
#pragma once

#include <cstdint>

#include "codes.h"

namespace franca {

constexpr uint64_t kMagic = 0x3148'4E43'4152'46FFu;  // "\xFF" "FRACNH1": not text, and it names itself
constexpr uint32_t kFormatVersion = 2;

struct Header {
  uint64_t magic;
  uint32_t version, dimension, metric, m, ef_construction;
  uint32_t watermark;   // of format 1; 0
  uint64_t seed;
  uint32_t slots;       // that `members` has bits for
  uint32_t nodes;       // bits set in it
  uint64_t entry;       // (level + 1) << 32 | slot, or 0
  uint32_t codes;       // 0: never trained; 1: usable; 2: the rows are traversed instead
  uint32_t trained_on;
  float scale;
  uint32_t reserved;
};
static_assert(sizeof(Header) == 72);

}  // namespace franca
