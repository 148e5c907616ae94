/**
 * JSON with numbers that the official client would change. Integers beyond 2^53, as ids may be, JSON.parse rounds, and the client can
 * carry them only where JSON.rawJSON is there (Node 21 and later). And a double beyond 2^53 is no integer of as many digits: 1e20
 * goes as 1e+20. Both are marked strings on their way through JSON, and put into the text as digits afterwards.
 */

const mark = `franca-${crypto.randomUUID()}:`;
const marked = new RegExp(`"${mark}([^"]+)"`, "g");

export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return mark + one;
    return isLargeDouble(one) ? mark + one.toExponential() : one;
  }).replace(marked, "$1");
}

/** A whole number that is no safe integer. */
function isLargeDouble(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
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

/** Whether it holds what JSON.stringify cannot write, or writes otherwise. @param mayHoldBigints whether bigints are no matter */
export function needsOwnJson(value: unknown, mayHoldBigints: boolean): boolean {
  if (typeof value === "bigint") return !mayHoldBigints;
  if (typeof value === "number") return isLargeDouble(value);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((one) => needsOwnJson(one, mayHoldBigints));
  return Object.values(value).some((one) => needsOwnJson(one, mayHoldBigints));
}
