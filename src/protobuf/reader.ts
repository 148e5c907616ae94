/**
 * Reads messages in protobuf's wire format straight from their bytes: tags, varints, fixed-width numbers, runs of bytes. What a
 * field means is its reader's business. Packed floats are one copy of memory. Every length is checked before it is used.
 */
import { FrancaError } from "../errors.ts";

/** Of a field: how its value is written. Groups (3 and 4) were given up before proto3. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Floats that may come in several runs: usually in one, but a client may send each by itself. */
export class Floats {
  #values: Float32Array = new Float32Array(0);
  #length = 0;

  /** A place for so many more. */
  room(count: number): { values: Float32Array; at: number } {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#values.length) {
      const grown = new Float32Array(at === 0 ? count : Math.max(this.#length, 2 * at));
      grown.set(this.#values.subarray(0, at));
      this.#values = grown;
    }
    return { values: this.#values, at };
  }

  all(): Float32Array {
    return this.#values.subarray(0, this.#length);
  }
}

export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  readonly #end: number;
  #wireType = -1;

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.byteLength) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = to;
  }

  /** The number of the next field, or 0 at the end. Its value must be read, or skipped, before the next call. @throws FrancaError invalid_argument */
  next(): number {
    if (this.#at === this.#end) return 0;
    const tag = this.#low32();
    const field = tag >>> 3;
    this.#wireType = tag & 7;
    if (field === 0) throw malformed("a field has the number 0");
    return field;
  }

  /** Passes over a value that nobody knows. @throws FrancaError invalid_argument */
  skip(): void {
    switch (this.#wireType) {
      case wireTypes.varint:
        this.#low32();
        return;
      case wireTypes.fixed64:
        this.#take(8);
        return;
      case wireTypes.bytes:
        this.#take(this.#length());
        return;
      case wireTypes.fixed32:
        this.#take(4);
        return;
      default:
        throw malformed(`there is no wire type ${this.#wireType}`);
    }
  }

  /** uint64, uint32, enums: a number up to 2^53 − 1, a bigint beyond. */
  unsigned(): number | bigint {
    this.#expect(wireTypes.varint);
    return plain(this.#varint());
  }

  /** int64, int32: the same in two's complement. */
  integer(): number | bigint {
    this.#expect(wireTypes.varint);
    return plain(BigInt.asIntN(64, this.#varint()));
  }

  /** sint64, sint32: zigzag. */
  signed(): number | bigint {
    this.#expect(wireTypes.varint);
    const value = this.#varint();
    return plain((value >> 1n) ^ -(value & 1n));
  }

  bool(): boolean {
    this.#expect(wireTypes.varint);
    return this.#varint() !== 0n;
  }

  float(): number {
    this.#expect(wireTypes.fixed32);
    return this.#view.getFloat32(this.#take(4), true);
  }

  double(): number {
    this.#expect(wireTypes.fixed64);
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    this.#expect(wireTypes.bytes);
    const length = this.#length();
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw malformed("a string is not UTF-8", cause);
    }
  }

  /** A message inside. */
  message(): ProtobufReader {
    this.#expect(wireTypes.bytes);
    const length = this.#length();
    const from = this.#take(length);
    return new ProtobufReader(this.#bytes, from, from + length);
  }

  /** `repeated float`, packed or one by one, behind those that came before. */
  floats(before: Floats = new Floats()): Floats {
    const isOne = this.#wireType === wireTypes.fixed32;
    if (!isOne) this.#expect(wireTypes.bytes);
    const length = isOne ? 4 : this.#length();
    if (length % 4 !== 0) throw malformed(`a run of floats has ${length} bytes, no multiple of 4`);
    const from = this.#take(length);
    const { values, at } = before.room(length / 4);
    if (isLittleEndian) new Uint8Array(values.buffer).set(this.#bytes.subarray(from, from + length), at * 4);
    else for (let i = 0; i < length / 4; i++) values[at + i] = this.#view.getFloat32(from + i * 4, true);
    return before;
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw malformed(`a field has wire type ${this.#wireType}, but ${wireType} is its`);
  }

  /** Where what is taken begins. */
  #take(length: number): number {
    if (length > this.#end - this.#at)
      throw malformed(`it ends ${length - (this.#end - this.#at)} bytes too early`);
    this.#at += length;
    return this.#at - length;
  }

  #length(): number {
    const length = this.#varint();
    if (length > BigInt(this.#end - this.#at))
      throw malformed(`a field of ${length} bytes goes past its end`);
    return Number(length);
  }

  /** A varint's low 32 bits. */
  #low32(): number {
    // Most are one byte: tags, small numbers.
    const first = this.#at < this.#end ? this.#bytes[this.#at]! : 128;
    if (first < 128) {
      this.#at++;
      return first;
    }
    const value = this.#varint();
    return Number(value & 0xffffffffn);
  }

  #varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!;
      low |= (byte & 127) << shift;
      if (byte < 128) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw malformed("a number goes on for more than ten bytes");
  }
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function malformed(why: string, cause?: unknown): FrancaError {
  return new FrancaError("invalid_argument", `the message is no protobuf: ${why}`, { cause });
}
