/**
 * What an update does to a point: to its payload whole, by paths, by keys, and to its vectors, in this order.
 */
import { badInput, list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { changedPayload } from "../../model/changed-payload.ts";
import { type Path, pathExamples, readPath } from "../../model/path.ts";
import type { Payload } from "../../model/payload.ts";
import { validatePayload } from "../../model/validate-payload.ts";
import { copyVector, vectorsByField } from "../../model/validate-vector.ts";
import { type StoredVectors, storedVectors, withoutVectors, withVectors } from "../log/entry-vectors.ts";
import { expectEntryFields, validateEntryVectors } from "./validate-entry-vectors.ts";
import type { Shape } from "./validate-points.ts";

export interface CheckedChange {
  /** What it was checked against. */
  shape: Shape;
  overwritePayload?: Payload;
  /** Keys of each path. */
  deletePayload: Path[];
  setPayload?: Payload;
  /** Whether any vector changes: then the points move to new slots. */
  changesVectors: boolean;
  /** By ordinal of dense fields; null: removed. */
  vectors: (Float32Array | null | undefined)[];
  /** Fields whose sparse or multi vector is removed. */
  deleteEntryVectors: string[];
  setEntryVectors: StoredVectors;
}

/** @throws FrancaError invalid_argument */
export function validateChange(change: unknown, shape: Shape): CheckedChange {
  const {
    overwritePayload,
    deletePayload,
    setPayload,
    deleteVectors,
    setVectors,
    setSparse,
    setMulti,
    ...rest
  } = plainObject(change, "change", "an object with what to change");
  rejectKeys(
    rest,
    "change",
    "`overwritePayload`, `deletePayload`, `setPayload`, `deleteVectors`, `setVectors`, `setSparse` and `setMulti`",
  );
  const removed = deleteVectors === undefined ? [] : validateNames(deleteVectors, shape);
  const isDense = (name: string) => shape.fields.some((field) => field.name === name);
  const set = validateEntryVectors(setSparse, setMulti, shape.entryFields, "change");
  const checked: CheckedChange = {
    shape,
    deletePayload: [],
    changesVectors: removed.length + Object.keys(set.sparse).length + Object.keys(set.multi).length > 0,
    vectors: shape.fields.map(({ name }) => (removed.includes(name) ? null : undefined)),
    deleteEntryVectors: removed.filter((name) => !isDense(name)),
    setEntryVectors: set,
  };
  if (overwritePayload !== undefined) {
    checked.overwritePayload = validatePayload(overwritePayload, shape.declared, "change.overwritePayload");
  }
  if (deletePayload !== undefined) {
    checked.deletePayload = list(deletePayload, "change.deletePayload", "paths").map((path) => {
      const at = readPath(path, shape.paths);
      if (at !== undefined) return at;
      throw badInput("change.deletePayload", pathExamples[shape.paths], path ?? String(path));
    });
  }
  if (setPayload !== undefined) {
    checked.setPayload = validatePayload(setPayload, shape.declared, "change.setPayload");
  }
  if (setVectors !== undefined) {
    vectorsByField({ vectors: setVectors }, shape.fields, "change.setVectors").forEach((vector, ordinal) => {
      if (vector === undefined) return;
      const row = new Float32Array(vector.length);
      copyVector(vector, row, shape.fields[ordinal]!, "change.setVectors");
      checked.vectors[ordinal] = row;
      checked.changesVectors = true;
    });
  }
  return checked;
}

function validateNames(names: unknown, { fields, entryFields }: Shape): string[] {
  const known = [
    ...fields.map(({ name }) => name),
    ...Object.keys(entryFields.sparseFields),
    ...Object.keys(entryFields.multiFields),
  ];
  return list(names, "change.deleteVectors", "names of vector fields").map((name) => {
    const found = known.find((one) => one === name);
    if (found !== undefined) return found;
    throw badInput(
      "change.deleteVectors",
      `vector fields among ${known.join(", ") || "none"}`,
      name ?? String(name),
    );
  });
}

/** Checks a change again, when the declared fields are others than when it was given. */
export function recheckedChange(change: CheckedChange, shape: Shape): CheckedChange {
  if (change.shape === shape) return change;
  for (const part of ["overwritePayload", "setPayload"] as const) {
    if (change[part] !== undefined) validatePayload(change[part], shape.declared, `change.${part}`);
  }
  expectEntryFields(change.setEntryVectors, shape.entryFields, "change");
  return change;
}

/** What lies in the entry after the change. `stored` is the caller's to give away. */
export function changedEntry(stored: Payload, change: CheckedChange): Payload {
  const { sparseFields, multiFields } = change.shape.entryFields;
  if (Object.keys(sparseFields).length + Object.keys(multiFields).length === 0)
    return changedPayload(stored, change);
  const payload = changedPayload(withoutVectors(stored), change);
  const { sparse, multi } = storedVectors(stored);
  for (const field of change.deleteEntryVectors) {
    delete sparse[field];
    delete multi[field];
  }
  const { setEntryVectors: set } = change;
  return withVectors(payload, {
    sparse: { ...sparse, ...set.sparse },
    multi: { ...multi, ...set.multi },
  });
}
