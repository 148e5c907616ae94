/** Payloads that a Qdrant store takes: arrays inside of arrays are refused where fields are declared. */
import type { JsonValue, Payload } from "../../../src/model/payload.ts";

/** `free` and `w` are declared nowhere, and stay as they are. */
export function flattened(payload: object | undefined): Payload {
  return Object.fromEntries(
    Object.entries((payload ?? {}) as Payload).map(([key, value]) => [
      key,
      key === "free" || key === "w" ? value : flat(value),
    ]),
  );
}

function flat(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.flat(9).map(flat) as JsonValue[];
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, flat(one)]));
}
