/** What an update does to a payload. */
import type { Path, PathStep } from "./path.ts";
import type { JsonValue, Payload } from "./payload.ts";

export interface PayloadChange {
  overwritePayload?: Payload;
  deletePayload: readonly Path[];
  setPayload?: Payload;
}

/** The payload after the change: replaced whole, then without paths, then with keys set. `before` is the caller's to give away. */
export function changedPayload(before: Payload, change: PayloadChange): Payload {
  // Each point gets a copy of its own: payloads are handed to indexes that may keep them.
  const after = change.overwritePayload === undefined ? before : structuredClone(change.overwritePayload);
  for (const at of change.deletePayload) {
    if (at.syntax === "implicit") deleteAt(after, at.keys, 0);
    else deleteStep(after, at.steps, 0);
  }
  for (const [key, value] of Object.entries(structuredClone(change.setPayload ?? {}))) {
    Object.defineProperty(after, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return after;
}

/** Elements of arrays that are taken out leave their place to those behind them; `[]` at the end leaves an empty array. */
function deleteStep(value: JsonValue, steps: readonly PathStep[], depth: number): void {
  const one = steps[depth]!;
  const isLast = depth === steps.length - 1;
  if ("key" in one) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return;
    if (!Object.hasOwn(value, one.key)) return;
    if (isLast) delete value[one.key];
    else deleteStep(value[one.key]!, steps, depth + 1);
  } else if (Array.isArray(value)) {
    if (isLast) value.splice("all" in one ? 0 : one.index, "all" in one ? value.length : 1);
    else if ("all" in one) for (const element of value) deleteStep(element, steps, depth + 1);
    else if (one.index < value.length) deleteStep(value[one.index]!, steps, depth + 1);
  }
}

function deleteAt(value: JsonValue, keys: readonly string[], depth: number): void {
  if (Array.isArray(value)) {
    for (const element of value) deleteAt(element, keys, depth);
    return;
  }
  if (value === null || typeof value !== "object") return;
  const key = keys[depth]!;
  if (!Object.hasOwn(value, key)) return;
  if (depth === keys.length - 1) delete value[key];
  else deleteAt(value[key]!, keys, depth + 1);
}
