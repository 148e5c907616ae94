/**
 * Bitsets over slots, as the kernel reads them: bit s & 31 of word s >>> 5. The currency between filters and search.
 */

export type Bitset = Uint32Array;

/** A bitset with room for slots 0 … slots − 1, all clear. */
export function emptyBitset(slots: number): Bitset {
  return new Uint32Array((slots + 31) >>> 5);
}

export function hasBit(bits: Bitset, slot: number): boolean {
  return (((bits[slot >>> 5] ?? 0) >>> (slot & 31)) & 1) === 1;
}

export function setBit(bits: Bitset, slot: number): void {
  bits[slot >>> 5]! |= 1 << (slot & 31);
}

export function clearBit(bits: Bitset, slot: number): void {
  bits[slot >>> 5]! &= ~(1 << (slot & 31));
}

export function countBits(bits: Bitset): number {
  let count = 0;
  for (let i = 0; i < bits.length; i++) count += countWord(bits[i]!);
  return count;
}

/** Number of ones of a 32-bit word, by pairs, nibbles and bytes (Hacker's Delight, 5-1). */
function countWord(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** target ∧= other; words that `other` lacks count as clear. */
export function andInto(target: Bitset, other: Bitset): void {
  const shared = Math.min(target.length, other.length);
  for (let i = 0; i < shared; i++) target[i]! &= other[i]!;
  target.fill(0, shared);
}

/** target ∨= other; `other` is not longer than `target`. */
export function orInto(target: Bitset, other: Bitset): void {
  for (let i = 0; i < other.length; i++) target[i]! |= other[i]!;
}

/** target ∧= ¬other; words that `other` lacks count as clear. */
export function andNotInto(target: Bitset, other: Bitset): void {
  const shared = Math.min(target.length, other.length);
  for (let i = 0; i < shared; i++) target[i]! &= ~other[i]!;
}

/** The set slots, ascending. */
export function* setBits(bits: Bitset): Generator<number> {
  for (let i = 0; i < bits.length; i++) {
    let word = bits[i]!;
    while (word !== 0) {
      const low = word & -word;
      yield (i << 5) + (31 - Math.clz32(low));
      word ^= low;
    }
  }
}

/** A copy with room for at least `slots` slots, or the same bitset when it has it. */
export function grownBitset(bits: Bitset, slots: number): Bitset {
  const words = (slots + 31) >>> 5;
  if (words <= bits.length) return bits;
  const grown = new Uint32Array(Math.max(words, bits.length * 2));
  grown.set(bits);
  return grown;
}
