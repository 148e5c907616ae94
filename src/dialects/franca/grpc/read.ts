/** Requests of franca.proto, from their bytes to the model's. */
import { FrancaError } from "../../../errors.ts";
import type { PointId } from "../../../model/id.ts";
import { ProtobufReader } from "../../../protobuf/reader.ts";

/** As the Store takes them; it checks them. */
type Loose = { [key: string]: unknown };

export interface GrpcUpsert {
  collection: string;
  points: Loose[];
}

export function readUpsert(message: Uint8Array): GrpcUpsert {
  const request: GrpcUpsert = { collection: "", points: [] };
  const reader = new ProtobufReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) request.collection = reader.text();
    else if (field === 2) request.points.push(readPoint(reader.message()));
    else reader.skip();
  }
  return request;
}

/** `query` is what Collection.query takes. */
export function readQuery(message: Uint8Array): { collection: string; query: Loose } {
  let collection = "";
  let rest: Loose = {};
  let nearest: Float32Array | undefined;
  const query: Loose = {};
  const reader = new ProtobufReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) collection = reader.text();
    else if (field === 2) nearest = reader.floats(nearest);
    else if (field === 3) query.field = reader.text();
    else if (field === 4) query.limit = reader.unsigned();
    else if (field === 5) rest = readJson(reader.bytes(), "rest");
    else reader.skip();
  }
  if (nearest !== undefined) query.nearest = nearest;
  // proto3 may leave out what has no value, and may write it.
  if (query.field === "") delete query.field;
  if (query.limit === 0) delete query.limit;
  for (const key of ["nearest", "field", "limit", "signal"]) {
    if (!Object.hasOwn(rest, key)) continue;
    if (key === "signal" || Object.hasOwn(query, key))
      throw new FrancaError("invalid_argument", `rest: "${key}" has a place in the message itself, or none`);
  }
  return { collection, query: { ...rest, ...query } };
}

export function readGet(message: Uint8Array): {
  collection: string;
  ids: PointId[];
  select: Loose | undefined;
} {
  const { collection, ids, json } = readIds(message, "select");
  return { collection, ids, select: json };
}

/** @throws FrancaError invalid_argument unless there are either ids or a filter */
export function readDelete(message: Uint8Array): { collection: string; selector: Loose } {
  const { collection, ids, json } = readIds(message, "filter");
  if (json !== undefined && ids.length > 0)
    throw new FrancaError("invalid_argument", "expected either ids or a filter; got both");
  return { collection, selector: json === undefined ? { ids } : { filter: json } };
}

/** Get and Delete have the same fields but for the name of the third. */
function readIds(message: Uint8Array, what: string): { collection: string; ids: PointId[]; json?: Loose } {
  let collection = "";
  const ids: PointId[] = [];
  let json: Loose | undefined;
  const reader = new ProtobufReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) collection = reader.text();
    else if (field === 2) ids.push(readId(reader.message()) as PointId);
    else if (field === 3) {
      const bytes = reader.bytes();
      if (bytes.byteLength > 0) json = readJson(bytes, what);
    } else reader.skip();
  }
  return { collection, ids, ...(json && { json }) };
}

function readPoint(reader: ProtobufReader): Loose {
  const point: Loose = {};
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) point.id = readId(reader.message());
    else if (field === 2) readVector(reader.message(), point);
    else if (field === 3) point.payload = readJson(reader.bytes(), "payload");
    else if (field === 4) readMore(readJson(reader.bytes(), "more"), point);
    else reader.skip();
  }
  return point;
}

function readMore({ sparse, multi, ...others }: Loose, point: Loose): void {
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw new FrancaError("invalid_argument", `more: expected only sparse and multi; got "${unknown}"`);
  Object.assign(point, sparse !== undefined && { sparse }, multi !== undefined && { multi });
}

function readVector(reader: ProtobufReader, point: Loose): void {
  let name = "";
  let floats: Float32Array | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.text();
    else if (field === 2) floats = reader.floats(floats);
    else reader.skip();
  }
  const values = floats ?? new Float32Array(0);
  if (name === "") {
    if (point.vector !== undefined)
      throw new FrancaError("invalid_argument", "a point has two vectors without a field's name");
    point.vector = values;
    return;
  }
  point.vectors ??= Object.create(null);
  (point.vectors as Loose)[name] = values;
}

/** Undefined where none is set: the Store says what an id is. */
function readId(reader: ProtobufReader): unknown {
  let id: unknown;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) id = reader.unsigned();
    else if (field === 2) id = reader.signed();
    else if (field === 3) id = reader.text();
    else reader.skip();
  }
  return id;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function readJson(bytes: Uint8Array, what: string): Loose {
  if (bytes.byteLength === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new FrancaError("invalid_argument", `${what}: expected JSON in UTF-8`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Loose;
  throw new FrancaError("invalid_argument", `${what}: expected a JSON object`);
}
