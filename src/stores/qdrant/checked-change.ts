/** What an update does, checked as the engine checks it, and its vectors in Qdrant's form. */
import { badInput, list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import type { PayloadChange } from "../../model/changed-payload.ts";
import { pathExamples, readPath } from "../../model/path.ts";
import { vectorFieldNames } from "../../model/schema.ts";
import type { Layout } from "./layout.ts";
import { checkedPayload, type WireVector, wireVectors } from "./written-points.ts";

export interface CheckedChange extends PayloadChange {
  deleteVectors: readonly string[];
  setVectors: { vector: { [name: string]: WireVector }; kept: { [field: string]: string } };
  /** Fields whose vector is another one afterwards, or none. */
  changedFields: readonly string[];
}

/** @throws FrancaError invalid_argument, unimplemented */
export function checkChange(change: unknown, layout: Layout): CheckedChange {
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
  const { paths = "implicit" } = layout.fields;
  const known = vectorFieldNames(layout.schema);
  const removed = (
    deleteVectors === undefined ? [] : list(deleteVectors, "change.deleteVectors", "names of vector fields")
  ).map((name) => {
    const found = known.find((one) => one === name);
    if (found !== undefined) return found;
    throw badInput(
      "change.deleteVectors",
      `vector fields among ${known.join(", ") || "none"}`,
      name ?? String(name),
    );
  });
  const given = { vectors: setVectors, sparse: setSparse, multi: setMulti };
  return {
    ...(overwritePayload !== undefined && {
      overwritePayload: checkedPayload(overwritePayload, layout, "change.overwritePayload"),
    }),
    deletePayload: (deletePayload === undefined
      ? []
      : list(deletePayload, "change.deletePayload", "paths")
    ).map((path) => {
      const at = readPath(path, paths);
      if (at === undefined) throw badInput("change.deletePayload", pathExamples[paths], path ?? String(path));
      return at;
    }),
    ...(setPayload !== undefined && { setPayload: checkedPayload(setPayload, layout, "change.setPayload") }),
    deleteVectors: removed,
    setVectors: wireVectors(given, layout, "change"),
    changedFields: [...new Set([...removed, ...Object.values(given).flatMap((fields) => namesIn(fields))])],
  };
}

function namesIn(fields: unknown): string[] {
  return Object.entries((fields ?? {}) as object).flatMap(([name, vector]) =>
    vector === undefined ? [] : [name],
  );
}
