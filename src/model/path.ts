/**
 * Paths into payloads: dots walk objects, arrays are visited element by element, however deep they nest.
 */
import type { JsonValue } from "./payload.ts";

/** The keys of a path: "author.name" → ["author", "name"]. Keys that hold a dot cannot be named. */
export function splitPath(path: string): string[] {
  return path.split(".");
}

/** Whether a path names something: no empty path, no empty key in it. */
export function isPath(path: unknown): path is string {
  return typeof path === "string" && path.length > 0 && splitPath(path).every((key) => key.length > 0);
}

/** All values of a path, nulls and objects included, arrays replaced by their elements. Empty when there is none. */
export function valuesAt(value: JsonValue, keys: readonly string[]): JsonValue[] {
  const found: JsonValue[] = [];
  collect(value, keys, 0, found);
  return found;
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
