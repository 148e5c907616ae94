/** Writes messages in protobuf's wire format. Zeros and empty values are written too: leaving them out is the caller's business. */
import { isLittleEndian, wireTypes } from "./reader.ts";

const encoder = new TextEncoder();
const longestVarint = 10;
/** Up to so many characters, ASCII is faster written here than by TextEncoder. */
const shortText = 24;

export class ProtobufWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;

  /** What was written so far; a view that the next call may leave behind. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins another message, in the memory of the last. */
  clear(): void {
    this.#at = 0;
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

  float(field: number, value: number): void {
    this.#tag(field, wireTypes.fixed32);
    this.#reserve(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#varint(value.byteLength);
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  text(field: number, value: string): void {
    const from = this.begin(field);
    this.#reserve(3 * value.length);
    if (value.length > shortText || !this.#ascii(value))
      this.#at = from + encoder.encodeInto(value, this.#bytes.subarray(from)).written;
    this.end(from);
  }

  /** Packed. */
  floats(field: number, values: Float32Array): void {
    this.#tag(field, wireTypes.bytes);
    this.#varint(values.byteLength);
    this.#reserve(values.byteLength);
    if (isLittleEndian)
      this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.#at);
    else for (let i = 0; i < values.length; i++) this.#view.setFloat32(this.#at + i * 4, values[i]!, true);
    this.#at += values.byteLength;
  }

  /** `repeated uint64` and the like, packed. */
  integers(field: number, values: ArrayLike<number | bigint>): void {
    const from = this.begin(field);
    for (let i = 0; i < values.length; i++) this.#varint(values[i]!);
    this.end(from);
  }

  /** A message inside, of what `write` writes. */
  message(field: number, write: (inside: ProtobufWriter) => void): void {
    const from = this.begin(field);
    write(this);
    this.end(from);
  }

  /** What is written from now on, until `end` is called with what this returns, is inside of a message. */
  begin(field: number): number {
    this.#tag(field, wireTypes.bytes);
    this.#reserve(1);
    this.#at++;
    return this.#at;
  }

  /** One byte was left for the length; a message that needs more of them makes way. */
  end(from: number): void {
    const length = this.#at - from;
    if (length < 128) {
      this.#bytes[from - 1] = length;
      return;
    }
    let more = 1;
    for (let rest = length >>> 14; rest > 0; rest >>>= 7) more++;
    this.#reserve(more);
    this.#bytes.copyWithin(from + more, from, this.#at);
    this.#at = from - 1;
    // There is room for it: what is inside has more bytes than the longest.
    this.#varint(length);
    this.#at += length;
  }

  /** False when there are others, and then nothing is written that counts. */
  #ascii(value: string): boolean {
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return false;
      this.#bytes[this.#at++] = unit;
    }
    return true;
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
