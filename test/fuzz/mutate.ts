/** Changes bytes as damage and mischief do: bits, pieces, lengths, ends; a few changes at once. */

type Random = () => number;

const extremes = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** A changed copy. @param other bytes to splice from */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array = bytes): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let left = 1 + below(random, 4); left > 0; left--) changed = once(changed, random, other);
  return changed;
}

function once(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const at = below(random, bytes.length + 1);
  const length = below(random, 1 + Math.min(64, bytes.length - at));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (below(random, 9)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << below(random, 8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = below(random, 256);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 4:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 5: {
      const from = below(random, other.length + 1);
      return joined(bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at));
    }
    case 6: {
      // A length, a count or an offset.
      if (bytes.length < 4) return bytes;
      const place = below(random, bytes.length - 3);
      view.setUint32(place, extremes[below(random, extremes.length)]!, true);
      return bytes;
    }
    case 7: {
      if (bytes.length < 4) return bytes;
      const place = below(random, bytes.length - 3);
      view.setUint32(place, (view.getUint32(place, true) + below(random, 17) - 8) >>> 0, true);
      return bytes;
    }
    default: {
      // A number in JSON, or what looks like one.
      const digit = bytes.findIndex((byte, i) => i >= at && byte >= 0x30 && byte <= 0x39);
      if (digit < 0) return bytes;
      const by = ["-1", "0", "99999999999999999999", "1.5", "null", '"x"', "[]", "{}"][below(random, 8)]!;
      return joined(bytes.subarray(0, digit), new TextEncoder().encode(by), bytes.subarray(digit + 1));
    }
  }
}

function joined(...pieces: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
