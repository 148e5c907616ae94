/** What reading a body of JSON means: JavaScript's own parser, then a walk over all that it gave. */
import type { JsonKeys } from "../../../src/engine/kernel.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
const integerKey = "\u0000integer";

/** @throws whatever is wrong with it */
export function readPlainly(bytes: Uint8Array, keys: JsonKeys): unknown {
  const text = utf8.decode(bytes);
  JSON.parse(text);
  const marked = text.replaceAll(token, (found) =>
    /^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found))
      ? JSON.stringify({ [integerKey]: found })
      : found,
  );
  return walked(JSON.parse(marked), "outside", keys);
}

type Zone = "outside" | "vectors" | "except";

function walked(value: unknown, zone: Zone, keys: JsonKeys): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    if (zone === "vectors" && value.length > 0 && value.every((element) => numberOf(element) !== undefined)) {
      const vector = Float32Array.from(value, (element) => numberOf(element)!);
      if (!vector.every(Number.isFinite)) throw new RangeError("beyond float32");
      return vector;
    }
    return value.map((element) => walked(element, zone, keys));
  }
  const { [integerKey]: integer } = value as { [integerKey]?: string };
  if (integer !== undefined) return BigInt(integer);
  // Not fromEntries: "__proto__" is a key like others, but assigning it is not.
  const copy = {};
  for (const [key, below] of Object.entries(value)) {
    const made = walked(below, zoneBelow(zone, key, keys), keys);
    Object.defineProperty(copy, key, { value: made, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

function zoneBelow(zone: Zone, key: string, { vectors, except = [] }: JsonKeys): Zone {
  if (zone === "except" || except.includes(key)) return "except";
  return vectors.includes(key) ? "vectors" : zone;
}

function numberOf(element: unknown): number | undefined {
  if (typeof element === "number") return element;
  const integer = (element as { [integerKey]?: string } | null)?.[integerKey];
  return integer === undefined ? undefined : Number(integer);
}
