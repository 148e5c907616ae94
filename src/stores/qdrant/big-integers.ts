/**
 * JSON with integers beyond 2^53, as ids may be. JSON.parse rounds them, and the official client can carry them only where
 * JSON.rawJSON is there (Node 21 and later): elsewhere they pass through it as strings that are marked, and are put into the
 * text as digits afterwards.
 */

const mark = `franca-${crypto.randomUUID()}:`;
const marked = new RegExp(`"${mark}(-?\\d+)"`, "g");

export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? mark + one : one)).replace(
    marked,
    "$1",
  );
}

/** A string, or a number; longest first. */
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whole numbers beyond 2^53 become bigints. @throws SyntaxError */
export function readJson(text: string): unknown {
  const safe = text.replace(token, (found) => (isBig(found) ? `"${mark}${found}"` : found));
  if (safe.length === text.length) return JSON.parse(text);
  return JSON.parse(safe, (_, value) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

function isBig(found: string): boolean {
  return found.length >= 16 && /^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found));
}

/** Whether anything in it cannot be written by JSON.stringify. */
export function holdsBigInteger(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (Array.isArray(value) && typeof value[0] === "number" && typeof value.at(-1) === "number")
    return value.some((one) => typeof one !== "number" && holdsBigInteger(one));
  return Object.values(value).some(holdsBigInteger);
}
