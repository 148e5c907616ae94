/** What lies at a JSON path; an array at its end is its elements, one level. */
import type { JsonValue, Payload } from "../../../model/payload.ts";
import type { PathStep } from "../requests/json-path.ts";

export function valuesAt(payload: Payload, path: readonly PathStep[]): JsonValue[] {
  const last = path.at(-1);
  const found = at(payload, path);
  if (last === undefined || !("key" in last)) return found;
  return found.flatMap((value) => (Array.isArray(value) ? value : [value]));
}

function at(value: JsonValue, [step, ...rest]: readonly PathStep[]): JsonValue[] {
  if (step === undefined) return [value];
  if ("key" in step) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.hasOwn(value, step.key) ? at(value[step.key]!, rest) : [];
  }
  if (!Array.isArray(value)) return [];
  if ("all" in step) return value.flatMap((element) => at(element, rest));
  return step.index < value.length ? at(value[step.index]!, rest) : [];
}
