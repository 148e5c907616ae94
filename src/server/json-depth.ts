/**
 * How deep JSON may be nested. JavaScript's own parser takes any depth, but whatever walks the value afterwards calls itself for
 * each level, and a hundred kilobytes of brackets would end it.
 */
import { FrancaError } from "../errors.ts";

/** Levels of lists and objects; nobody's payload or filter needs half as many. */
export const maxJsonDepth = 128;

const [quote, backslash, openList, closeList, openObject, closeObject] = Buffer.from(
  '"\\[]{}',
) as unknown as [number, number, number, number, number, number];

/** @throws FrancaError invalid_argument. Other mistakes in the JSON are left to the parser. */
export function assertJsonDepth(json: Uint8Array): void {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  if (!hasMoreThan(maxJsonDepth, bytes)) return;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openList || byte === openObject) {
      if (++depth > maxJsonDepth) {
        throw new FrancaError(
          "invalid_argument",
          `the body's JSON is nested more than ${maxJsonDepth} levels deep, at byte ${i}`,
        );
      }
    } else if (byte === closeList || byte === closeObject) depth--;
  }
}

/** Most bodies have so few brackets that their depth need not be counted. */
function hasMoreThan(most: number, bytes: Buffer): boolean {
  let count = 0;
  for (const open of [openList, openObject]) {
    for (let at = bytes.indexOf(open); at >= 0; at = bytes.indexOf(open, at + 1)) {
      if (++count > most) return true;
    }
  }
  return false;
}
