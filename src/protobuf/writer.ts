/** Writes messages in protobuf's wire format. Zeros and empty values are written too: leaving them out is the caller's business. */
import { wireTypes } from "./reader.ts";

const encoder = new TextEncoder();
const longestVarint = 10;

export class ProtobufWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;

  /** What was written so far; a view that the next call may leave behind. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** uint64 and int64 alike: modulo 2^64. */
  integer(field: number, value: number | bigint): void {
    this.#tag(field, wireTypes.varint);
    this.#varint(value);
  }

  signed(field: number, value: number | bigint): void {
    const wide = BigInt(value);
    this.integer(field, (wide << 1n) ^ (wide >> 63n));
  }

  double(field: number, value: number): void {
    this.#tag(field, wireTypes.fixed64);
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#varint(value.byteLength);
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  text(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** Packed. */
  floats(field: number, values: Float32Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#varint(values.byteLength);
    this.#reserve(values.byteLength);
    for (let i = 0; i < values.length; i++) this.#view.setFloat32(this.#at + i * 4, values[i]!, true);
    this.#at += values.byteLength;
  }

  /** A message inside, of what `write` writes. */
  message(field: number, write: (inside: ProtobufWriter) => void): void {
    const inside = new ProtobufWriter();
    write(inside);
    this.bytes(field, inside.finish());
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number | bigint): void {
    this.#reserve(longestVarint);
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) {
      for (; value > 127; value >>>= 7) this.#bytes[this.#at++] = (value & 127) | 128;
      this.#bytes[this.#at++] = value;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 127n) | 128;
    this.#bytes[this.#at++] = Number(rest);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#at + bytes, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
