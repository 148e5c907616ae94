/** Points as they are written: checked as the engine checks them, and in Qdrant's form. */
import { badInput, list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { idKey, normalizeId, type PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { Metric } from "../../model/schema.ts";
import { validatePayload } from "../../model/validate-payload.ts";
import { checkMulti, checkSparse } from "../../model/validate-sparse.ts";
import { copyVector, vectorsByField } from "../../model/validate-vector.ts";
import { keptId, type WireId, wireId } from "./ids.ts";
import { keptText } from "./kept-vectors.ts";
import { type Layout, wireName } from "./layout.ts";
import { expectReachable } from "./nested-arrays.ts";
import { expectUnreserved, type Reserved, withReserved } from "./reserved.ts";

export interface WirePoint {
  id: WireId;
  vector: VectorStruct;
  payload: Payload;
}

/** The vector without a name as it is, or vectors by name. */
export type VectorStruct = WireVector | { [name: string]: WireVector };

export function vectorStruct(vectors: { [name: string]: WireVector }): VectorStruct {
  const names = Object.keys(vectors);
  return names.length === 1 && names[0] === "" ? vectors[""]! : vectors;
}

export type WireVector = number[] | number[][] | { indices: number[]; values: number[] };

/** Of points with one id the last. @throws FrancaError invalid_argument */
export function wirePoints(points: unknown, layout: Layout): WirePoint[] {
  const last = new Map<string, WirePoint>();
  for (const [index, given] of list(points, "points", "points").entries()) {
    const point = plainObject(given, `points[${index}]`, "a point: {id, vector or vectors, payload}");
    const id = normalizeId(point.id);
    const written = wirePoint(id, point, layout, `points[${index}] (id ${shown(id)})`);
    // Deleted first, so that the point stands where it occurs last.
    last.delete(idKey(id));
    last.set(idKey(id), written);
  }
  return [...last.values()];
}

function wirePoint(id: PointId, point: { [key: string]: unknown }, layout: Layout, where: string): WirePoint {
  const { id: _, vector, vectors, sparse, multi, payload, ...rest } = point;
  rejectKeys(rest, where, "`id`, `vector`, `vectors`, `sparse`, `multi` and `payload`");
  const written = wireVectors({ vector, vectors, sparse, multi }, layout, where);
  const reserved: Reserved = {
    ...keptId(id),
    ...(Object.keys(written.kept).length > 0 && { vectors: written.kept }),
  };
  const checked = payload === undefined ? {} : checkedPayload(payload, layout, where);
  return {
    id: wireId(id),
    vector: vectorStruct(written.vector),
    payload: withReserved(checked, reserved, where),
  };
}

/** @throws FrancaError invalid_argument; unimplemented for what filters could not reach */
export function checkedPayload(payload: unknown, { declared, fields }: Layout, where: string): Payload {
  const checked = validatePayload(payload, declared, where);
  expectUnreserved(checked, where);
  if (fields.paths !== "explicit") expectReachable(checked, declared, where);
  return checked;
}

interface GivenVectors {
  vector?: unknown;
  vectors?: unknown;
  sparse?: unknown;
  multi?: unknown;
}

/** By Qdrant's names, and by field what is kept of them beside. @throws FrancaError invalid_argument */
export function wireVectors(
  { vector, vectors, sparse, multi }: GivenVectors,
  layout: Layout,
  where: string,
): { vector: { [name: string]: WireVector }; kept: { [field: string]: string } } {
  const { vectorFields, sparseFields, multiFields } = layout.fields;
  const written: { [name: string]: WireVector } = {};
  const kept: { [field: string]: string } = {};
  const put = (field: string, rows: readonly Float32Array[], metric: Metric, wire: WireVector): void => {
    written[wireName(field, layout)] = wire;
    const text = keptText(rows, metric);
    if (text !== undefined) kept[field] = text;
  };
  const dense = Object.entries(vectorFields).map(([name, { dimension }]) => ({ name, dimension }));
  for (const [i, given] of vectorsByField({ vector, vectors }, dense, where).entries()) {
    if (given === undefined) continue;
    const { name, dimension } = dense[i]!;
    const row = new Float32Array(dimension);
    copyVector(given, row, dense[i]!, where);
    put(name, [row], vectorFields[name]!.metric, Array.from(row));
  }
  for (const [name, given] of named(sparse, sparseFields, "sparse", where)) {
    const { indices, values } = checkSparse(given, `${where}: sparse vector ${JSON.stringify(name)}`);
    put(name, [values], "dot", { indices: Array.from(indices), values: Array.from(values) });
  }
  for (const [name, given] of named(multi, multiFields, "multi", where)) {
    const { dimension, metric } = multiFields[name]!;
    const rows = checkMulti(given, dimension, `${where}: multi vector ${JSON.stringify(name)}`);
    put(
      name,
      rows,
      metric,
      rows.map((row) => Array.from(row)),
    );
  }
  return { vector: written, kept };
}

function named(given: unknown, fields: object, kind: string, where: string): [string, unknown][] {
  if (given === undefined) return [];
  const vectors = plainObject(given, `${where}: ${kind}`, `an object of ${kind} vectors by field name`);
  return Object.entries(vectors).filter(([name, vector]) => {
    if (vector === undefined) return false;
    if (Object.hasOwn(fields, name)) return true;
    throw badInput(where, `${kind} vector fields among ${Object.keys(fields).join(", ") || "none"}`, name);
  });
}

export function shown(id: PointId): string {
  return typeof id === "string" ? JSON.stringify(id) : String(id);
}
