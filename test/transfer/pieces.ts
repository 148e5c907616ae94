/** Sinks and sources in memory, and what a collection holds, for comparing. */
import type { PointId } from "../../src/model/id.ts";
import type { Payload } from "../../src/model/payload.ts";
import type { StoredPoint } from "../../src/model/point.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection } from "../../src/store.ts";
import type { ByteSink, RandomAccess } from "../../src/transfer/stream.ts";

export function memorySink(): { sink: ByteSink; bytes: () => Uint8Array } {
  const pieces: Uint8Array[] = [];
  return { sink: (bytes) => void pieces.push(bytes), bytes: () => Buffer.concat(pieces) };
}

export function memorySource(bytes: Uint8Array | string): RandomAccess {
  const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return { sizeBytes: all.length, read: async (offset, length) => all.slice(offset, offset + length) };
}

/** As a stream, in pieces that cut lines and characters anywhere. */
export async function* stream(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

interface Held {
  id: PointId;
  payload: Payload;
  /** Their bytes, as −0 and 0 differ. */
  vectors: { [field: string]: string };
  sparse?: { [field: string]: [indices: string, values: string] };
  multi?: { [field: string]: string[] };
}

export async function everything<S extends CollectionSchema>(collection: Collection<S>): Promise<Held[]> {
  const { points } = await collection.scroll({ limit: 100_000, select: { payload: true, vectors: true } });
  return (points as unknown as StoredPoint[]).map(({ id, payload = {}, vectors = {}, sparse, multi }) => ({
    id,
    payload: payload as Payload,
    vectors: byField(vectors, (vector) => bytesOf(vector!)),
    ...(sparse && {
      sparse: byField(sparse, (one) => [bytesOf(one!.indices), bytesOf(one!.values)]),
    }),
    ...(multi && { multi: byField(multi, (rows) => rows!.map(bytesOf)) }),
  }));
}

function bytesOf(numbers: Float32Array | Uint32Array): string {
  return Buffer.from(numbers.slice().buffer).toString("base64");
}

function byField<T, U>(vectors: { [field: string]: T }, map: (vector: T) => U): { [field: string]: U } {
  return Object.fromEntries(Object.entries(vectors).map(([field, vector]) => [field, map(vector)]));
}
