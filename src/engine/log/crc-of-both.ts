/**
 * The CRC-32C of two pieces one after the other, from the CRC of each: the first one's is carried over as many zero bits
 * as the second has, by squaring the operator for one zero bit (Mark Adler's crc32_combine of zlib).
 */

/** Castagnoli's polynomial, reflected. */
const polynomial = 0x82f63b78;

/** @param length bytes of the second piece */
export function crcOfBoth(first: number, second: number, length: number): number {
  let operator = operatorForOneBit();
  // Bits, not bytes: three squarings first.
  for (let i = 0; i < 3; i++) operator = squared(operator);
  let crc = first;
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = times(operator, crc);
    operator = squared(operator);
  }
  return (crc ^ second) >>> 0;
}

/** A matrix over GF(2), one column a word. */
function operatorForOneBit(): Uint32Array {
  const columns = new Uint32Array(32);
  columns[0] = polynomial;
  for (let bit = 1; bit < 32; bit++) columns[bit] = 1 << (bit - 1);
  return columns;
}

function times(columns: Uint32Array, vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit++) if ((vector >>> bit) & 1) sum ^= columns[bit]!;
  return sum >>> 0;
}

function squared(columns: Uint32Array): Uint32Array {
  return columns.map((column) => times(columns, column));
}
