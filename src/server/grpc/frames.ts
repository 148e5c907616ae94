/**
 * gRPC's messages in the bytes of an HTTP/2 stream: a byte that says whether the message is compressed, four of its length,
 * then the message. A length beyond the limit is refused before anything of the message is kept.
 */
import { gunzip, inflate } from "node:zlib";
import { FrancaError } from "../../errors.ts";
import { Gather } from "../gather.ts";

const prefixBytes = 5;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.byteLength);
  framed[0] = 0;
  framed.writeUInt32BE(message.byteLength, 1);
  framed.set(message, prefixBytes);
  return framed;
}

export interface Framed {
  bytes: Uint8Array;
  isCompressed: boolean;
}

/** Cuts pieces into messages. */
export class Unframer {
  readonly #limitBytes: number;
  readonly #prefix = Buffer.alloc(prefixBytes);
  #prefixFilled = 0;
  #message: Gather | undefined;
  #length = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** In the middle of a message. */
  get isPartial(): boolean {
    return this.#prefixFilled > 0;
  }

  /** The messages that end in this piece. @throws FrancaError resource_exhausted, invalid_argument */
  push(piece: Buffer): Framed[] {
    const whole: Framed[] = [];
    let at = 0;
    while (at < piece.length) {
      if (this.#message === undefined) {
        const taken = piece.copy(this.#prefix, this.#prefixFilled, at, at + prefixBytes - this.#prefixFilled);
        this.#prefixFilled += taken;
        at += taken;
        if (this.#prefixFilled < prefixBytes) break;
        this.#length = this.#readLength();
        this.#message = new Gather(this.#length);
      }
      const rest = piece.subarray(at, at + this.#length - this.#message.size);
      if (rest.length > 0) this.#message.add(rest);
      at += rest.length;
      if (this.#message.size < this.#length) break;
      whole.push({ bytes: this.#message.all(), isCompressed: this.#prefix[0] === 1 });
      this.#message = undefined;
      this.#prefixFilled = 0;
    }
    return whole;
  }

  #readLength(): number {
    const flag = this.#prefix[0]!;
    if (flag > 1) {
      throw new FrancaError(
        "invalid_argument",
        `a message begins with 0, or 1 if it is compressed; got ${flag}`,
      );
    }
    const length = this.#prefix.readUInt32BE(1);
    if (length > this.#limitBytes) throw messageTooLarge(this.#limitBytes);
    return length;
  }
}

/** @throws FrancaError invalid_argument, resource_exhausted, unimplemented */
export async function decompressed(
  { bytes, isCompressed }: Framed,
  encoding: string,
  limitBytes: number,
): Promise<Uint8Array> {
  if (!isCompressed) return bytes;
  const decompress = encoding === "gzip" ? gunzip : encoding === "deflate" ? inflate : undefined;
  if (decompress === undefined) {
    const message = `grpc-encoding: expected gzip, deflate or identity; got ${JSON.stringify(encoding)}`;
    throw new FrancaError(encoding === "identity" ? "internal" : "unimplemented", message);
  }
  return new Promise((resolve, reject) => {
    decompress(bytes, { maxOutputLength: limitBytes }, (error, message) => {
      if (error === null) resolve(message);
      else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
        reject(messageTooLarge(limitBytes));
      else {
        reject(
          new FrancaError("invalid_argument", `the message cannot be decompressed: ${error.message}`, {
            cause: error,
          }),
        );
      }
    });
  });
}

function messageTooLarge(limitBytes: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `the message is larger than ${limitBytes} bytes; send it in several requests`,
    { details: { limitBytes } },
  );
}
