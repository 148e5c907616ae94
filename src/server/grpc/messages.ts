/** The messages of one gRPC call, as the client sends them: no faster than they are asked for, within limits. */
import type { ServerHttp2Stream } from "node:http2";
import { FrancaError } from "../../errors.ts";
import type { Exchange } from "../exchange.ts";
import type { Limits } from "../limits.ts";
import { Patience } from "../patience.ts";
import { decompressed, Unframer } from "./frames.ts";

/**
 * The one message of a unary call, when the client has said that it is the only one.
 * @throws FrancaError invalid_argument, resource_exhausted, deadline_exceeded, unimplemented, the exchange's reason
 */
export async function onlyMessage(
  stream: ServerHttp2Stream,
  exchange: Exchange,
  limits: Limits,
  encoding: string,
): Promise<Uint8Array> {
  const unframer = new Unframer(limits.bodyBytes);
  const patience = new Patience(exchange, "message", limits.idleTimeoutMs, limits.bodyTimeoutMs);
  const arrived = new Promise<ReturnType<Unframer["push"]>>((resolve, reject) => {
    let messages: ReturnType<Unframer["push"]> = [];
    stream.on("data", (piece: Buffer) => {
      patience.refresh();
      try {
        exchange.hold(piece.length);
        const more = unframer.push(piece);
        if (more.length > 0) messages = messages.length === 0 ? more : [...messages, ...more];
        if (messages.length > 1) throw oneMessage("more than one");
      } catch (error) {
        stream.pause();
        reject(error);
      }
    });
    stream.once("end", () => resolve(messages));
  });
  try {
    const [message] = await exchange.untilAborted(arrived);
    if (message === undefined) throw oneMessage(unframer.isPartial ? "the beginning of one" : "none");
    if (!message.isCompressed) return message.bytes;
    const bytes = await decompressed(message, encoding, limits.bodyBytes);
    exchange.hold(bytes.byteLength);
    return bytes;
  } finally {
    patience.stop();
    stream.removeAllListeners("data");
  }
}

/**
 * Of a call that streams. A client may be silent between two messages for as long as it likes, but not within one. The call
 * has a place to work in from when a message is handed over until the next is asked for.
 */
export async function* allMessages(
  stream: ServerHttp2Stream,
  exchange: Exchange,
  limits: Limits,
  encoding: string,
): AsyncIterable<Uint8Array> {
  const unframer = new Unframer(limits.bodyBytes);
  const pieces = stream.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  while (true) {
    const patience = unframer.isPartial ? new Patience(exchange, "message", limits.idleTimeoutMs) : undefined;
    const next = await exchange.untilAborted(pieces.next()).finally(() => patience?.stop());
    if (next.done) break;
    const piece = next.value as Buffer;
    exchange.hold(piece.length);
    for (const framed of unframer.push(piece)) {
      const message = await decompressed(framed, encoding, limits.bodyBytes);
      await exchange.enter();
      try {
        yield message;
      } finally {
        exchange.leave();
        exchange.letGo(framed.bytes.byteLength);
      }
    }
  }
  if (unframer.isPartial) throw oneMessage("the beginning of one at the end of the stream");
}

function oneMessage(got: string): FrancaError {
  return new FrancaError("invalid_argument", `expected a message; got ${got}`);
}
