/**
 * Paths into payloads, read in one of two ways, which a schema's `paths` names:
 *  - implicit: dots walk objects, arrays are visited element by element, however deep they nest;
 *  - explicit: `a.b` walks objects only, `a[0]` takes one element of an array and `a[]` all; keys of other signs than letters,
 *    digits, `_` and `-` stand in double quotes. An array at the end is its elements, one level.
 */
import type { JsonValue } from "./payload.ts";

export type PathSyntax = "implicit" | "explicit";

/** A key; the elements of an array: one, or all. */
export type PathStep = { readonly key: string } | { readonly index: number } | { readonly all: true };

/** A path after the border. */
export type Path =
  | { readonly syntax: "implicit"; readonly keys: readonly string[] }
  | { readonly syntax: "explicit"; readonly steps: readonly PathStep[] };

/** How each syntax is told to who got it wrong. */
export const pathExamples: { readonly [syntax in PathSyntax]: string } = {
  implicit: 'a path, like "author.name"',
  explicit: 'a path, like author.name, tags[0], items[].price or "other key".name',
};

/** Undefined for what is no path: nothing, an empty key, or, explicitly, signs that stand for nothing. */
export function readPath(path: unknown, syntax: PathSyntax): Path | undefined {
  if (syntax === "implicit") return isPath(path) ? { syntax, keys: splitPath(path) } : undefined;
  const steps = typeof path === "string" ? readSteps(path) : undefined;
  return steps === undefined ? undefined : { syntax, steps };
}

/** The keys of an implicit path: "author.name" → ["author", "name"]. Keys that hold a dot cannot be named. */
export function splitPath(path: string): string[] {
  return path.split(".");
}

/** Whether an implicit path names something: no empty path, no empty key in it. */
export function isPath(path: unknown): path is string {
  return typeof path === "string" && path.length > 0 && splitPath(path).every((key) => key.length > 0);
}

const step = /(?:^|\.)(?:([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)")|\[(\d*)\]/uy;

function readSteps(path: string): PathStep[] | undefined {
  const steps: PathStep[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null || (steps.length === 0 && found[3] !== undefined)) return undefined;
    const [, raw, quoted, index] = found;
    const key = raw ?? quoted;
    if (key !== undefined) steps.push({ key });
    else steps.push(index === "" ? { all: true } : { index: Number(index) });
  }
  return steps.length === 0 ? undefined : steps;
}

/** The path of an element's field, seen from the payload: of `nested: "items"` and "price", "items.price" or "items[].price". */
export function pathWithin(outer: string, inner: string, syntax: PathSyntax): string {
  if (outer === "") return inner;
  return syntax === "implicit" || outer.endsWith("[]") ? `${outer}.${inner}` : `${outer}[].${inner}`;
}

/** All values of a path, nulls and objects included, arrays replaced by their elements. Empty when there is none. */
export function valuesAt(value: JsonValue, path: Path): JsonValue[] {
  const found: JsonValue[] = [];
  if (path.syntax === "implicit") {
    collect(value, path.keys, 0, found);
    return found;
  }
  for (const one of wholesAt(value, path)) {
    if (Array.isArray(one)) found.push(...one);
    else found.push(one);
  }
  return found;
}

/** What lies at an explicit path, arrays as they are; at an implicit one, its values. */
export function wholesAt(value: JsonValue, path: Path): JsonValue[] {
  if (path.syntax === "implicit") return valuesAt(value, path);
  let found: JsonValue[] = [value];
  for (const one of path.steps) found = found.flatMap((within) => stepInto(within, one));
  return found;
}

/** The elements that `nested` looks at: values of the path, of an explicit one the elements of arrays only. */
export function elementsAt(value: JsonValue, path: Path): JsonValue[] {
  if (path.syntax === "implicit") return valuesAt(value, path);
  const last = path.steps.at(-1)!;
  const wholes = wholesAt(value, path);
  return "all" in last ? wholes : wholes.flatMap((whole) => (Array.isArray(whole) ? whole : []));
}

/** Of what lies at a path, null and []; implicit paths have no array among their values. */
export function isNothing(whole: JsonValue): boolean {
  return whole === null || (Array.isArray(whole) && whole.length === 0);
}

function stepInto(value: JsonValue, one: PathStep): readonly JsonValue[] {
  if ("key" in one) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
    return Object.hasOwn(value, one.key) ? [value[one.key]!] : [];
  }
  if (!Array.isArray(value)) return [];
  if ("all" in one) return value;
  return one.index < value.length ? [value[one.index]!] : [];
}

function collect(value: JsonValue, keys: readonly string[], depth: number, found: JsonValue[]): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, keys, depth, found);
    return;
  }
  if (depth === keys.length) {
    found.push(value);
    return;
  }
  if (value === null || typeof value !== "object") return;
  const key = keys[depth]!;
  // Own keys only: "constructor" is no field of a payload that lacks it.
  if (Object.hasOwn(value, key)) collect(value[key]!, keys, depth + 1, found);
}
