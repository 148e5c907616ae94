/**
 * CRC-32 (IEEE 802.3, as in zlib) of bytes: names the weights of a model and finds damage in its file.
 * Not a defence against someone who wants a collision.
 */

const polynomial = 0xedb88320;
/** Eight bytes a step ("slicing by 8": Kounavis and Berry, 2005): a megabyte takes about a millisecond. */
const slices = 8;
const table = makeTable();

export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  let at = 0;
  for (; at + slices <= bytes.length; at += slices) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      table[1792 + (crc & 255)]! ^
      table[1536 + ((crc >>> 8) & 255)]! ^
      table[1280 + ((crc >>> 16) & 255)]! ^
      table[1024 + (crc >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = table[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As eight hexadecimal digits. */
export function crc32Hex(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, "0");
}

/** Entry `256 s + b`: what byte b contributes when s more bytes follow it. */
function makeTable(): Int32Array {
  const made = new Int32Array(256 * slices);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    made[byte] = value;
  }
  for (let i = 256; i < made.length; i++) {
    const previous = made[i - 256]!;
    made[i] = made[previous & 255]! ^ (previous >>> 8);
  }
  return made;
}
