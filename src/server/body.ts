/** The body of a request: read once, within a limit, decompressed. */
import type { IncomingMessage } from "node:http";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { JsonShape, RequestBody } from "../dialect.ts";
import { FrancaError } from "../errors.ts";

/** JSON in UTF-8 to values, as RequestBody.json says; @throws FrancaError invalid_argument */
export type JsonReader = (bytes: Uint8Array, shape: JsonShape) => Promise<unknown> | unknown;

const decompressors: { [encoding: string]: () => NodeJS.ReadWriteStream } = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export function bodyOf(message: IncomingMessage, limitBytes: number, readJson: JsonReader): RequestBody {
  async function* stream(): AsyncIterable<Uint8Array> {
    const encoding = message.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    const decompressor = decompressors[encoding];
    if (encoding !== "identity" && decompressor === undefined) {
      throw new FrancaError(
        "invalid_argument",
        `content-encoding: expected gzip, deflate, br or none; got ${encoding}`,
      );
    }
    if (Number(message.headers["content-length"] ?? 0) > limitBytes) throw tooLarge(limitBytes);
    const source = decompressor === undefined ? message : message.pipe(decompressor());
    let read = 0;
    for await (const piece of source as AsyncIterable<Uint8Array>) {
      read += piece.byteLength;
      if (read > limitBytes) throw tooLarge(limitBytes);
      yield piece;
    }
  }
  async function bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of stream()) pieces.push(piece);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
  return {
    stream,
    bytes,
    async json(shape = { vectors: [] }) {
      const all = await bytes();
      return all.byteLength === 0 ? undefined : readJson(all, shape);
    },
  };
}

function tooLarge(limitBytes: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the body is larger than ${limitBytes} bytes; send it in several requests`,
    {
      details: { limitBytes, httpStatus: 413 },
    },
  );
}
