/** Payloads of explicit paths only: what lies on the way to them or below them, arrays where a path takes all their elements. */
import { type PathStep, readPath } from "./path.ts";
import type { JsonValue, Payload } from "./payload.ts";

export function explicitProjection(paths: readonly string[]): (payload: Payload) => Payload {
  const wanted = paths.flatMap((path) => {
    const at = readPath(path, "explicit");
    return at?.syntax === "explicit" ? [at.steps] : [];
  });
  return (payload) => inObject(payload, wanted);
}

type Steps = readonly PathStep[];

function inObject(object: Payload, wanted: readonly Steps[]): Payload {
  const kept: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(object)) {
    const below = wanted.flatMap(([first, ...rest]) =>
      first !== undefined && "key" in first && first.key === key ? [rest] : [],
    );
    if (below.length > 0) kept.push([key, within(value, below)]);
  }
  // fromEntries, since assigning a key "__proto__" would set the prototype.
  return Object.fromEntries(kept);
}

function within(value: JsonValue, wanted: readonly Steps[]): JsonValue {
  if (wanted.some((steps) => steps.length === 0)) return value;
  if (Array.isArray(value)) {
    return value.flatMap((element, i) => {
      const below = wanted.flatMap(([first, ...rest]) =>
        first !== undefined && ("all" in first || ("index" in first && first.index === i)) ? [rest] : [],
      );
      return below.length === 0 ? [] : [within(element, below)];
    });
  }
  return value !== null && typeof value === "object" ? inObject(value, wanted) : value;
}
