/** Records of Qdrant's as points: what was selected, ids and vectors as they were written. */
import type { CheckedSelection } from "../../model/checked-query.ts";
import { readPath } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { StoredPoint } from "../../model/point.ts";
import { projection } from "../../model/projection.ts";
import { pointId, type WireId } from "./ids.ts";
import { originalRows } from "./kept-vectors.ts";
import { type Layout, wireName } from "./layout.ts";
import { reservedIn, reservedName, withoutReserved } from "./reserved.ts";

export interface WireRecord {
  id: WireId;
  payload?: unknown;
  vector?: unknown;
}

/** `with_payload` and `with_vector`: what is selected and what is needed to know the point by. Payload paths are cut here. */
export function wireSelection(
  { payload, vectors }: CheckedSelection,
  layout: Layout,
): { with_payload: boolean | string[]; with_vector: boolean | string[] } {
  return {
    with_payload: payload === true || (typeof payload === "object" && firstKeys(payload, layout)),
    with_vector: withVector(vectors, layout),
  };
}

/** Keys at the root, so that Qdrant sends no more than the payloads' parts that are looked at. */
function firstKeys(paths: readonly string[], { fields }: Layout): string[] {
  const keys = paths.map((path) => {
    const at = readPath(path, fields.paths ?? "implicit")!;
    return at.syntax === "implicit" ? at.keys[0]! : (at.steps[0] as { key: string }).key;
  });
  return [...new Set(keys)].map(quotedKey);
}

/** A key as a JSON path of Qdrant's. */
export function quotedKey(key: string): string {
  return /^[\p{Alphabetic}\p{N}_-]+$/u.test(key) ? key : `"${key}"`;
}

function withVector(names: readonly string[], layout: Layout): boolean | string[] {
  if (names.length === 0) return false;
  // The vector without a name cannot be asked for by name.
  if (layout.unnamed !== undefined && names.includes(layout.unnamed)) return true;
  return [...names];
}

/** With the reserved part, where it is needed. */
export function withReservedPart(
  selection: ReturnType<typeof wireSelection>,
): ReturnType<typeof wireSelection> {
  const { with_payload, with_vector } = selection;
  if (with_payload === true) return selection;
  return { with_payload: [reservedName, ...(with_payload === false ? [] : with_payload)], with_vector };
}

export function storedPoint(record: WireRecord, select: CheckedSelection, layout: Layout): StoredPoint {
  const reserved = reservedIn(record.payload);
  const point: StoredPoint = { id: pointId(record.id, reserved as JsonValue) };
  if (select.payload !== false)
    point.payload = selected(withoutReserved(record.payload), select.payload, layout);
  if (select.vectors.length === 0) return point;
  const { vectorFields, sparseFields, multiFields } = layout.fields;
  const has = (fields: object): boolean => select.vectors.some((name) => Object.hasOwn(fields, name));
  if (has(vectorFields)) point.vectors = {};
  if (has(sparseFields)) point.sparse = {};
  if (has(multiFields)) point.multi = {};
  const vectors = vectorsOf(record.vector, layout);
  for (const name of select.vectors) {
    const stored = vectors[wireName(name, layout)];
    if (stored === undefined || stored === null) continue;
    const text = reserved.vectors?.[name];
    if (Object.hasOwn(vectorFields, name)) {
      const row = floats(stored as number[]);
      point.vectors![name] = originalRows(text, [row], vectorFields[name]!.metric)[0]!;
    } else if (Object.hasOwn(multiFields, name)) {
      const rows = (stored as number[][]).map((row) => floats(row));
      point.multi![name] = [...originalRows(text, rows, multiFields[name]!.metric)];
    } else {
      const { indices, values } = stored as { indices: number[]; values: number[] };
      const row = floats(values);
      point.sparse![name] = {
        indices: Uint32Array.from(indices),
        values: originalRows(text, [row], "dot")[0]!,
      };
    }
  }
  return point;
}

/** What the client has read as a bigint, a large float without a fraction, among them. */
function floats(components: readonly (number | bigint)[]): Float32Array {
  return Float32Array.from(components as readonly number[], Number);
}

/** Qdrant gives a vector without a name as it is, and several by name. */
function vectorsOf(vector: unknown, layout: Layout): { [name: string]: unknown } {
  if (vector === undefined || vector === null) return {};
  return Array.isArray(vector)
    ? { [wireName(layout.unnamed ?? "", layout)]: vector }
    : (vector as { [name: string]: unknown });
}

function selected(payload: Payload, paths: true | readonly string[], { fields }: Layout): Payload {
  return paths === true ? payload : projection(paths, fields.paths ?? "implicit")(payload);
}
