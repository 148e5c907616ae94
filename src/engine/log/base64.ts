/**
 * Bytes as text of ASCII letters (RFC 4648, section 4, with padding), without what only some runtimes have.
 */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const codes: Uint8Array = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const padding = "=".charCodeAt(0);
const noDigit = 255;
const digits: Uint8Array = new Uint8Array(128).fill(noDigit);
for (let digit = 0; digit < 64; digit++) digits[codes[digit]!] = digit;

const ascii = new TextDecoder();

export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(padding);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i]!;
    const b = i + 1 < bytes.length ? bytes[i + 1]! : 0;
    const c = i + 2 < bytes.length ? bytes[i + 2]! : 0;
    text[at] = codes[a >>> 2]!;
    text[at + 1] = codes[((a & 3) << 4) | (b >>> 4)]!;
    if (i + 1 < bytes.length) text[at + 2] = codes[((b & 15) << 2) | (c >>> 6)]!;
    if (i + 2 < bytes.length) text[at + 3] = codes[c & 63]!;
    at += 4;
  }
  return ascii.decode(text);
}

/** @throws RangeError for what `toBase64` does not write */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new RangeError("its base64 is cut off");
  const spare = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - spare);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    const isLast = i + 4 === text.length;
    const a = digitAt(text, i);
    const b = digitAt(text, i + 1);
    const c = isLast && spare === 2 ? 0 : digitAt(text, i + 2);
    const d = isLast && spare > 0 ? 0 : digitAt(text, i + 3);
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    // Past the end nothing is stored.
    bytes[at] = word >>> 16;
    bytes[at + 1] = (word >>> 8) & 255;
    bytes[at + 2] = word & 255;
    at += 3;
  }
  return bytes;
}

function digitAt(text: string, at: number): number {
  const digit = digits[text.charCodeAt(at)] ?? noDigit;
  if (digit === noDigit) throw new RangeError(`${JSON.stringify(text[at])} is no digit of base64`);
  return digit;
}
