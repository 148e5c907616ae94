/**
 * Values of Franca as JSON text: bigints as digits, vectors as lists, infinite numbers as 1e999. What is known to be plain JSON
 * (payloads) is left to JSON.stringify, and the numbers of vectors to Float32Array.join: nothing here looks at single numbers.
 */
import { FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { QueryResult } from "../../model/result.ts";

/** Strings cannot be much longer; nobody reads such an answer. */
const longestJson = 2 ** 28;
/** Deeper than anything a Store tells; ends cycles. */
const deepest = 200;

/** Any value; what JSON has no form for (functions, symbols, what is nested beyond sense) is null. */
export function jsonOf(value: unknown, depth = 0): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return numberJson(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      return value === null || depth > deepest ? "null" : objectJson(value, depth + 1);
    default:
      return "null";
  }
}

function objectJson(value: object, depth: number): string {
  if (value instanceof Float32Array || value instanceof Uint32Array) return `[${value.join(",")}]`;
  if (Array.isArray(value)) return `[${value.map((item) => jsonOf(item, depth)).join(",")}]`;
  if (value instanceof Date) return JSON.stringify(value);
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${jsonOf(member, depth)}`);
  }
  return `{${members.join(",")}}`;
}

export function queryJson({ hits, ...others }: QueryResult): string {
  const texts = listJson(hits, (hit) => {
    let text = `${pointHead(hit)},"score":${numberJson(hit.score)}`;
    if (hit.legs !== undefined) text += `,"legs":${jsonOf(hit.legs)}`;
    return `${text}}`;
  });
  return `{"hits":${texts},${jsonOf(others).slice(1)}`;
}

/** `others` are the further members of the answer. */
export function pointsJson(
  points: readonly (StoredPoint | undefined)[],
  others: { readonly [name: string]: unknown } = {},
): string {
  const texts = listJson(points, (point) => (point === undefined ? "null" : `${pointHead(point)}}`));
  const rest = jsonOf(others).slice(1);
  return `{"points":${texts}${rest === "}" ? rest : `,${rest}`}`;
}

function listJson<T>(items: readonly T[], write: (item: T) => string): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) {
    text += (i === 0 ? "" : ",") + write(items[i]!);
    if (text.length > longestJson) throw tooLong();
  }
  return `${text}]`;
}

/** A point's object without its last brace. */
function pointHead({ id, payload, vectors, sparse, multi }: StoredPoint): string {
  let text = `{"id":${idJson(id)}`;
  if (payload !== undefined) text += `,"payload":${JSON.stringify(payload)}`;
  if (vectors !== undefined) text += `,"vectors":${objectJson(vectors, 0)}`;
  if (sparse !== undefined) text += `,"sparse":${objectJson(sparse, 0)}`;
  if (multi !== undefined) text += `,"multi":${objectJson(multi, 0)}`;
  return text;
}

function idJson(id: PointId): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}

function numberJson(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "null" : value > 0 ? "1e999" : "-1e999";
}

function tooLong(): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the answer has more than ${longestJson} characters; ask for fewer points, or for fewer of their fields`,
    { details: { httpStatus: 413 } },
  );
}
