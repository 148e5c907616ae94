/** Replies of franca.proto, from the model's to their bytes. */
import type { PointId } from "../../../model/id.ts";
import type { StoredPoint } from "../../../model/point.ts";
import type { QueryResult, WriteResult } from "../../../model/result.ts";
import { ProtobufWriter } from "../../../protobuf/writer.ts";
import { jsonOf } from "../write-json.ts";

export function writeReply({ lsn, count }: WriteResult): Uint8Array {
  const writer = new ProtobufWriter();
  writer.integer(1, lsn);
  writer.integer(2, count);
  return writer.finish();
}

export function queryReply({ hits, ...rest }: QueryResult): Uint8Array {
  const writer = new ProtobufWriter();
  for (const { id, score, payload, vectors, sparse, multi, legs } of hits) {
    writer.message(1, (hit) => {
      hit.message(1, (inside) => writeId(inside, id));
      hit.double(2, score);
      if (payload !== undefined) hit.text(3, JSON.stringify(payload));
      writeVectors(hit, 4, vectors);
      if (legs !== undefined) hit.text(5, jsonOf(legs));
      writeMore(hit, 6, { sparse, multi });
    });
  }
  writer.text(2, jsonOf(rest));
  return writer.finish();
}

export function getReply(points: readonly (StoredPoint | undefined)[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const point of points) {
    writer.message(1, (inside) => {
      if (point === undefined) return;
      inside.message(1, (id) => writeId(id, point.id));
      if (point.payload !== undefined) inside.text(2, JSON.stringify(point.payload));
      writeVectors(inside, 3, point.vectors);
      writeMore(inside, 4, point);
    });
  }
  return writer.finish();
}

function writeId(writer: ProtobufWriter, id: PointId): void {
  if (typeof id === "string") writer.text(3, id);
  else if (id < 0) writer.signed(2, id);
  else writer.integer(1, id);
}

function writeMore(
  writer: ProtobufWriter,
  field: number,
  { sparse, multi }: Pick<{ [kind in keyof StoredPoint]: unknown }, "sparse" | "multi">,
): void {
  if (sparse !== undefined || multi !== undefined) writer.text(field, jsonOf({ sparse, multi }));
}

function writeVectors(writer: ProtobufWriter, field: number, vectors: StoredPoint["vectors"]): void {
  for (const [name, values] of Object.entries(vectors ?? {})) {
    if (values === undefined) continue;
    writer.message(field, (vector) => {
      vector.text(1, name);
      vector.floats(2, values as Float32Array);
    });
  }
}
