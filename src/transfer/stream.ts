/**
 * Where bytes of an export go and where those of an import come from. Files, sockets and memory are the caller's:
 * a Node stream or a web stream is an async iterable already, and `exportFile`, `importFile` do it for files.
 */

/** Takes the next bytes; the export waits for what it returns, so that a slow reader is not flooded. */
export type ByteSink = (bytes: Uint8Array) => void | Promise<void>;

/** Bytes that can be read at any place, as Parquet needs them: its directory is at its end. */
export interface RandomAccess {
  readonly sizeBytes: number;
  /** Exactly `length` bytes from `offset` on. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** JSON Lines may come as a stream, Parquet has to be readable at any place. */
export type ByteSource = AsyncIterable<Uint8Array> | RandomAccess;

export function isRandomAccess(source: ByteSource): source is RandomAccess {
  return typeof (source as RandomAccess).read === "function" && "sizeBytes" in source;
}

const pieceBytes = 2 ** 20;

/** From front to back, in pieces. */
export async function* readThrough(source: ByteSource): AsyncGenerator<Uint8Array> {
  if (!isRandomAccess(source)) {
    yield* source;
    return;
  }
  for (let at = 0; at < source.sizeBytes; at += pieceBytes) {
    yield await source.read(at, Math.min(pieceBytes, source.sizeBytes - at));
  }
}
