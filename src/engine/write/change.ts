/**
 * What an update does to a payload: whole, by paths, by keys, in this order.
 */
import { badInput, list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { isPath, splitPath } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import { validatePayload } from "../../model/validate-payload.ts";
import { copyVector, vectorsByField } from "../../model/validate-vector.ts";
import type { Shape } from "./validate-points.ts";

export interface CheckedChange {
  /** What it was checked against. */
  shape: Shape;
  overwritePayload?: Payload;
  /** Keys of each path. */
  deletePayload: string[][];
  setPayload?: Payload;
  /** By ordinal; undefined when no vector changes. */
  setVectors?: (Float32Array | undefined)[];
}

/** @throws FrancaError invalid_argument */
export function validateChange(change: unknown, shape: Shape): CheckedChange {
  const { overwritePayload, deletePayload, setPayload, setVectors, ...rest } = plainObject(
    change,
    "change",
    "an object with what to change",
  );
  rejectKeys(rest, "change", "`overwritePayload`, `deletePayload`, `setPayload` and `setVectors`");
  const checked: CheckedChange = { shape, deletePayload: [] };
  if (overwritePayload !== undefined) {
    checked.overwritePayload = validatePayload(overwritePayload, shape.declared, "change.overwritePayload");
  }
  if (deletePayload !== undefined) {
    checked.deletePayload = list(deletePayload, "change.deletePayload", "paths").map((path) => {
      if (!isPath(path))
        throw badInput("change.deletePayload", "paths such as author.name", path ?? String(path));
      return splitPath(path);
    });
  }
  if (setPayload !== undefined) {
    checked.setPayload = validatePayload(setPayload, shape.declared, "change.setPayload");
  }
  if (setVectors !== undefined) {
    const vectors = vectorsByField({ vectors: setVectors }, shape.fields, "change.setVectors");
    if (vectors.some((vector) => vector !== undefined)) {
      checked.setVectors = vectors.map((vector, ordinal) => {
        if (vector === undefined) return undefined;
        const row = new Float32Array(vector.length);
        copyVector(vector, row, shape.fields[ordinal]!, "change.setVectors");
        return row;
      });
    }
  }
  return checked;
}

/** Checks a change again, when the declared fields are others than when it was given. */
export function recheckedChange(change: CheckedChange, shape: Shape): CheckedChange {
  if (change.shape === shape) return change;
  for (const part of ["overwritePayload", "setPayload"] as const) {
    if (change[part] !== undefined) validatePayload(change[part], shape.declared, `change.${part}`);
  }
  return change;
}

/** The payload after the change. `before` is the caller's to give away. */
export function changedPayload(before: Payload, change: CheckedChange): Payload {
  // Each point gets a copy of its own: payloads are handed to indexes that may keep them.
  const after = change.overwritePayload === undefined ? before : structuredClone(change.overwritePayload);
  for (const keys of change.deletePayload) deleteAt(after, keys, 0);
  for (const [key, value] of Object.entries(structuredClone(change.setPayload ?? {}))) {
    Object.defineProperty(after, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return after;
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
