/**
 * A collection as a snapshot: gzipped JSON Lines, as `franca export` writes them, with the schema and every vector; and back. A real
 * Qdrant's archive holds its own segments, and is refused.
 */
import { FrancaError, isFrancaError } from "../../../errors.ts";
import type { Collection, Store } from "../../../store.ts";
import { exportCollection, importCollection } from "../../../transfer/transfer.ts";
import { badRequest } from "../errors.ts";

export function archiveOf(collection: Collection, signal: AbortSignal): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  exportCollection(collection, (bytes) => writer.write(bytes), { signal }).then(
    () => writer.close(),
    (error) => writer.abort(error),
  );
  return readable.pipeThrough(
    new CompressionStream("gzip") as unknown as TransformStream<Uint8Array, Uint8Array>,
  );
}

/**
 * Makes a collection of an archive.
 * @throws FrancaError invalid_argument for what is none, or damaged; already_exists; those of the store
 */
export async function recover(
  store: Store,
  name: string,
  archive: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await importCollection(store, name, plain(archive), { signal, format: "jsonl" });
  } catch (error) {
    if (isOfGzip(error)) throw unreadable(error);
    if (isFrancaError(error, "data_loss") || isFrancaError(error, "invalid_argument"))
      throw unreadable(error);
    throw error;
  }
}

/** Bytes that are not gzip's, damaged, or too few: a TypeError by the standard, zlib's own error on Node. */
function isOfGzip(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof TypeError || (typeof code === "string" && /^(Z_|ERR_TRAILING_JUNK)/.test(code));
}

/** The bytes between gzip's. */
function plain(archive: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const pieces = archive[Symbol.asyncIterator]();
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
  return packed.pipeThrough(
    new DecompressionStream("gzip") as unknown as TransformStream<Uint8Array, Uint8Array>,
  ) as unknown as AsyncIterable<Uint8Array>;
}

function unreadable(cause: unknown): FrancaError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const told = badRequest(
    `Failed to read the snapshot archive: ${why}. Snapshots of Franca are read here; copy from a Qdrant with \`franca copy\``,
  );
  return new FrancaError(told.code, told.message, { details: told.details, cause });
}
