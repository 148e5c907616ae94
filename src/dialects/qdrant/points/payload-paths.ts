/** Setting and removing parts of a payload by a JSON path. What is given is not changed. */
import type { PathStep } from "../../../model/path.ts";
import type { JsonValue, Payload } from "../../../model/payload.ts";

/** Sets keys; null takes a key away. */
export function merged(payload: Payload, changes: Payload): Payload {
  const result = new Map(Object.entries(payload));
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) result.delete(key);
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

/** `merged` at the objects that the path leads to; what is no object, or no array, on the way to them becomes one. */
export function mergedAt(payload: Payload, path: readonly PathStep[], changes: Payload): Payload {
  return setAt(payload, path, changes) as Payload;
}

function setAt(value: JsonValue | undefined, path: readonly PathStep[], changes: Payload): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) return merged(isObject(value) ? value : {}, changes);
  if ("key" in step) {
    const object = isObject(value) ? value : {};
    const inner = Object.hasOwn(object, step.key) ? object[step.key] : undefined;
    return merged(object, Object.fromEntries([[step.key, setAt(inner, rest, changes)]]));
  }
  if (!Array.isArray(value)) return [];
  return value.map((element, i) =>
    "all" in step || i === step.index ? setAt(element, rest, changes) : element,
  );
}

/** Without what lies at the path. */
export function removedAt(payload: Payload, path: readonly PathStep[]): Payload {
  return remove(payload, path) as Payload;
}

function remove(value: JsonValue, [step, ...rest]: readonly PathStep[]): JsonValue {
  if (step === undefined) return value;
  const isLast = rest.length === 0;
  if ("key" in step) {
    if (!isObject(value) || !Object.hasOwn(value, step.key)) return value;
    const entries = Object.entries(value).flatMap(([key, inner]): [string, JsonValue][] => {
      if (key !== step.key) return [[key, inner]];
      return isLast ? [] : [[key, remove(inner, rest)]];
    });
    return Object.fromEntries(entries);
  }
  if (!Array.isArray(value)) return value;
  if (isLast) return "all" in step ? [] : value.filter((_, i) => i !== step.index);
  return value.map((element, i) => ("all" in step || i === step.index ? remove(element, rest) : element));
}

function isObject(value: JsonValue | undefined): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
