/**
 * The body of a request over HTTP/1: decompressed, within its limits of size and time. It is received whole before its
 * request gets a place to work in, so that slow senders hold nothing but a connection; a route that streams reads it as it
 * arrives.
 */
import type { IncomingMessage } from "node:http";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { JsonShape, RequestBody } from "../dialect.ts";
import { FrancaError } from "../errors.ts";
import { traced } from "../telemetry.ts";
import type { Exchange } from "./exchange.ts";
import { Gather } from "./gather.ts";
import type { Limits } from "./limits.ts";
import { Patience } from "./patience.ts";

/**
 * JSON in UTF-8 to values, as RequestBody.json says.
 * @throws FrancaError invalid_argument, also for bytes that are no UTF-8, and for nesting that would exhaust the stack of whatever walks it
 */
export type JsonReader = (bytes: Uint8Array, shape: JsonShape) => Promise<unknown> | unknown;

/** Few large pieces: each is an event. */
const chunkSize = 64 * 1024;
const decompressors: { readonly [encoding: string]: () => Transform } = {
  gzip: () => createGunzip({ chunkSize }),
  "x-gzip": () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
};

/** Vectors as text shrink to a third or so. What shrinks this much, and is larger than that, is a bomb, or zeros. */
const mostInflation = 200;
const freeBytes = 2 * 2 ** 20;

export function hasBody(message: IncomingMessage): boolean {
  return message.headers["transfer-encoding"] !== undefined || (lengthOf(message) ?? 0) > 0;
}

/** As the client says; undefined for chunks. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const given = headers["content-length"];
  return given === undefined ? undefined : Number(given);
}

/** @throws FrancaError invalid_argument, resource_exhausted, deadline_exceeded, and the reason of the exchange's signal */
export async function receive(
  message: IncomingMessage,
  exchange: Exchange,
  limits: Limits,
): Promise<Uint8Array> {
  const source = decompressed(message, limits.bodyBytes);
  const gather = new Gather(source === message ? lengthOf(message) : undefined);
  const patience = new Patience(exchange, "body", limits.idleTimeoutMs, limits.bodyTimeoutMs);
  const arrived = new Promise<void>((resolve, reject) => {
    const refuse = (error: unknown): void => {
      source.pause();
      reject(error);
    };
    source.on("data", (piece: Uint8Array) => {
      patience.refresh();
      const size = gather.size + piece.byteLength;
      if (size > limits.bodyBytes) return refuse(tooLarge(limits.bodyBytes));
      if (size > freeBytes && source !== message && size > mostInflation * sentBytes(source))
        return refuse(tooDense());
      try {
        exchange.hold(piece.byteLength);
      } catch (error) {
        return refuse(error);
      }
      gather.add(piece);
    });
    source.once("end", resolve);
    source.once("error", (error) => reject(unreadable(error)));
  });
  try {
    await exchange.untilAborted(arrived);
  } catch (error) {
    if (source !== message) release(message, source as Transform);
    throw error;
  } finally {
    patience.stop();
    source.removeAllListeners("data");
  }
  return gather.all();
}

/** As it arrives, of any length. */
async function* streamed(
  message: IncomingMessage,
  exchange: Exchange,
  limits: Limits,
): AsyncIterable<Uint8Array> {
  const source = decompressed(message, Number.MAX_SAFE_INTEGER);
  const patience = new Patience(exchange, "body", limits.idleTimeoutMs);
  try {
    for await (const piece of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      exchange.bytesIn += piece.byteLength;
      yield piece;
      patience.refresh();
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    patience.stop();
    if (source !== message) release(message, source as Transform);
  }
}

/** Of bytes that are there. */
export class ReceivedBody implements RequestBody {
  readonly #bytes: Uint8Array;
  readonly #readJson: JsonReader;

  constructor(bytes: Uint8Array, readJson: JsonReader) {
    this.#bytes = bytes;
    this.#readJson = readJson;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes;
  }

  async json(shape: JsonShape = { vectors: [] }): Promise<unknown> {
    const bytes = this.#bytes;
    if (bytes.byteLength === 0) return undefined;
    return traced(
      "franca.parse",
      () => ({ "franca.bytes": bytes.byteLength }),
      async () => this.#readJson(bytes, shape),
    );
  }

  async *stream(): AsyncIterable<Uint8Array> {
    if (this.#bytes.byteLength > 0) yield this.#bytes;
  }
}

/** Of bytes that are still to come. */
export function streamedBodyOf(
  message: IncomingMessage,
  exchange: Exchange,
  limits: Limits,
  readJson: JsonReader,
): RequestBody {
  const bytes = (): Promise<Uint8Array> => receive(message, exchange, limits);
  return {
    bytes,
    async json(shape) {
      return new ReceivedBody(await bytes(), readJson).json(shape);
    },
    stream: () => streamed(message, exchange, limits),
  };
}

function decompressed(message: IncomingMessage, limitBytes: number): IncomingMessage | Transform {
  if ((lengthOf(message) ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const encoding = message.headers["content-encoding"]?.trim().toLowerCase() || "identity";
  if (encoding === "identity") return message;
  const decompressor = decompressors[encoding]?.();
  if (decompressor === undefined) {
    throw new FrancaError(
      "invalid_argument",
      `content-encoding: expected gzip, deflate, br or none; got ${JSON.stringify(encoding)}`,
      { details: { httpStatus: 415 } },
    );
  }
  message.once("error", (error) => decompressor.destroy(error));
  return message.pipe(decompressor);
}

function release(message: IncomingMessage, decompressor: Transform): void {
  message.unpipe(decompressor);
  decompressor.destroy();
}

/** What a decompressor has used up. */
function sentBytes(decompressor: IncomingMessage | Transform): number {
  return (decompressor as Transform & { bytesWritten: number }).bytesWritten;
}

function tooDense(): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the body inflates to more than ${mostInflation} times of what was sent; send it without content-encoding`,
    { details: { mostInflation, httpStatus: 413 } },
  );
}

function tooLarge(limitBytes: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the body is larger than ${limitBytes} bytes; send it in several requests`,
    { details: { limitBytes, httpStatus: 413 } },
  );
}

function unreadable(error: unknown): FrancaError {
  if (error instanceof FrancaError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  // Of zlib, and of brotli.
  if (code.startsWith("Z_") || code.startsWith("ERR__ERROR")) {
    return new FrancaError("invalid_argument", `the body cannot be decompressed: ${message}`, {
      cause: error,
    });
  }
  return new FrancaError("cancelled", "the client went away while it sent the body", { cause: error });
}
