/** Requests of franca.proto, from their bytes to the model's. */
import { FrancaError } from "../../../errors.ts";
import type { PointId } from "../../../model/id.ts";
import { ProtobufReader } from "../../../protobuf/reader.ts";
import { JsonParts, type Loose } from "./json-parts.ts";

/** What reads JSON inside of messages. */
type Json = ConstructorParameters<typeof JsonParts>[0];

export interface GrpcUpsert {
  collection: string;
  points: Loose[];
}

export async function readUpsert(message: Uint8Array, json: Json): Promise<GrpcUpsert> {
  const request: GrpcUpsert = { collection: "", points: [] };
  const parts = new JsonParts(json);
  const reader = new ProtobufReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) request.collection = reader.text();
    else if (field === 2) request.points.push(readPoint(reader.message(), parts));
    else reader.skip();
  }
  await parts.settled();
  return request;
}

/** `query` is what Collection.query takes. */
export async function readQuery(
  message: Uint8Array,
  json: Json,
): Promise<{ collection: string; query: Loose }> {
  const parts = new JsonParts(json);
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
    else if (field === 5) {
      parts.read(reader.bytes(), "rest", (value) => {
        rest = value;
      });
    } else reader.skip();
  }
  await parts.settled();
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

export async function readGet(
  message: Uint8Array,
  json: Json,
): Promise<{ collection: string; ids: PointId[]; select: Loose | undefined }> {
  const { collection, ids, third } = await readIds(message, "select", json);
  return { collection, ids, select: third };
}

/** @throws FrancaError invalid_argument unless there are either ids or a filter */
export async function readDelete(
  message: Uint8Array,
  json: Json,
): Promise<{ collection: string; selector: Loose }> {
  const { collection, ids, third } = await readIds(message, "filter", json);
  if (third !== undefined && ids.length > 0)
    throw new FrancaError("invalid_argument", "expected either ids or a filter; got both");
  return { collection, selector: third === undefined ? { ids } : { filter: third } };
}

/** Get and Delete have the same fields but for the name of the third. */
async function readIds(
  message: Uint8Array,
  what: string,
  json: Json,
): Promise<{ collection: string; ids: PointId[]; third: Loose | undefined }> {
  const parts = new JsonParts(json);
  let collection = "";
  const ids: PointId[] = [];
  let third: Loose | undefined;
  const reader = new ProtobufReader(message);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) collection = reader.text();
    else if (field === 2) ids.push(readId(reader.message()) as PointId);
    else if (field === 3) {
      const bytes = reader.bytes();
      if (bytes.byteLength > 0)
        parts.read(bytes, what, (value) => {
          third = value;
        });
    } else reader.skip();
  }
  await parts.settled();
  return { collection, ids, third };
}

function readPoint(reader: ProtobufReader, parts: JsonParts): Loose {
  const point: Loose = {};
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) point.id = readId(reader.message());
    else if (field === 2) readVector(reader.message(), point);
    else if (field === 3) {
      parts.read(reader.bytes(), "payload", (payload) => {
        point.payload = payload;
      });
    } else if (field === 4) parts.read(reader.bytes(), "more", (more) => readMore(more, point));
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
