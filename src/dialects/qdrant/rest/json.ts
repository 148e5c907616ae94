/**
 * Results as JSON text. Numbers that are float32 (components of vectors, scores) are written with the fewest digits that give
 * the same float32 back, as Qdrant does, so that a client that sent 0.1 reads 0.1.
 */
import { FrancaError } from "../../../errors.ts";

/** Strings cannot be much longer; nobody reads such an answer. */
const longestJson = 2 ** 28;

/** Keys whose numbers are float32. */
const singles = new Set(["score", "scores"]);
/** Keys whose values are the user's own JSON, and written as such. */
const verbatim = new Set(["payload", "metadata"]);

export function resultJson(value: unknown, key = ""): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return singles.has(key) ? singleJson(value) : Number.isFinite(value) ? String(value) : "null";
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      return value === null ? "null" : objectJson(value, key);
    default:
      return "null";
  }
}

function objectJson(value: object, key: string): string {
  if (value instanceof Float32Array) return `[${Array.from(value, singleJson).join(",")}]`;
  if (verbatim.has(key)) return JSON.stringify(value);
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) {
      text += `${text === "" ? "" : ","}${resultJson(item, key)}`;
      if (text.length > longestJson) throw tooLong();
    }
    return `[${text}]`;
  }
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined)
      text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${resultJson(member, name)}`;
  }
  return `{${text}}`;
}

/** The shortest decimal whose nearest float32 is this one. */
export function singleJson(value: number): string {
  const single = Math.fround(value);
  if (Number.isInteger(single) && Math.abs(single) < 2 ** 53) return single === 0 ? "0.0" : `${single}.0`;
  if (!Number.isFinite(single)) return "null";
  for (let digits = 6; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(Number(single.toPrecision(9)));
}

function tooLong(): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the answer has more than ${longestJson} characters; ask for fewer points, or for fewer of their fields`,
    { details: { httpStatus: 413 } },
  );
}
