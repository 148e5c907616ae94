/**
 * Reads messages in protobuf's wire format straight from their bytes: tags, varints, fixed-width numbers, runs of bytes. What a
 * field means is its reader's business. Packed floats are one copy of memory. Every length is checked before it is used.
 */
import { FrancaError } from "../errors.ts";
import { FloatSlabs, grown } from "./growing.ts";

/** Of a field: how its value is written. Groups (3 and 4) were given up before proto3. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
export const isLittleEndian: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
/** Up to so many characters, ASCII is faster read here than by TextDecoder. */
const shortText = 24;
const noIntegers = new Uint32Array(0);

export class ProtobufReader {
  readonly #bytes: Uint8Array;
  #lazyView: DataView | undefined;
  #at: number;
  #end: number;
  #wireType = -1;
  readonly #floats: FloatSlabs;
  /** Halves of the varint that was read last. */
  #low = 0;
  #high = 0;

  /** @param floats of the reader whose message this is inside of */
  constructor(
    bytes: Uint8Array,
    from = 0,
    to: number = bytes.byteLength,
    floats: FloatSlabs = new FloatSlabs(),
  ) {
    this.#bytes = bytes;
    this.#floats = floats;
    this.#at = from;
    this.#end = to;
  }

  /** The number of the next field, or 0 at the end. Its value must be read, or skipped, before the next call. @throws FrancaError invalid_argument */
  next(): number {
    if (this.#at === this.#end) return 0;
    this.#varint();
    const field = this.#low >>> 3;
    this.#wireType = this.#low & 7;
    if (field === 0) throw malformed("a field has the number 0");
    return field;
  }

  /** The field that `next` has told is one run of bytes: a text, a message, or packed numbers. */
  get isRun(): boolean {
    return this.#wireType === wireTypes.bytes;
  }

  /** Passes over a value that nobody knows. @throws FrancaError invalid_argument */
  skip(): void {
    switch (this.#wireType) {
      case wireTypes.varint:
        this.#varint();
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
    this.#varint();
    return this.#unsigned();
  }

  /** int64, int32: the same in two's complement. */
  integer(): number | bigint {
    this.#expect(wireTypes.varint);
    this.#varint();
    return this.#integer();
  }

  /** uint32, or what an enum's number is: the low half. */
  unsigned32(): number {
    this.#expect(wireTypes.varint);
    this.#varint();
    return this.#low >>> 0;
  }

  /** sint64, sint32: zigzag. */
  signed(): number | bigint {
    this.#expect(wireTypes.varint);
    this.#varint();
    const value = (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
    return plain((value >> 1n) ^ -(value & 1n));
  }

  bool(): boolean {
    this.#expect(wireTypes.varint);
    this.#varint();
    return (this.#low | this.#high) !== 0;
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
    const from = this.#run();
    return this.#bytes.subarray(from, this.#at);
  }

  text(): string {
    const from = this.#run();
    if (this.#at - from <= shortText) {
      let text = "";
      let at = from;
      for (; at < this.#at && this.#bytes[at]! < 128; at++) text += String.fromCharCode(this.#bytes[at]!);
      if (at === this.#at) return text;
    }
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at));
    } catch (cause) {
      throw malformed("a string is not UTF-8", cause);
    }
  }

  /** A message inside, to be read by a reader of its own. */
  message(): ProtobufReader {
    const from = this.#run();
    return new ProtobufReader(this.#bytes, from, this.#at, this.#floats);
  }

  /** A message inside, to be read by this reader: it ends where that ends, until `leave` is called with what this returns. */
  enter(): number {
    const from = this.#run();
    const outerEnd = this.#end;
    this.#end = this.#at;
    this.#at = from;
    return outerEnd;
  }

  /** After `next` has returned 0. */
  leave(outerEnd: number): void {
    this.#end = outerEnd;
  }

  /** `repeated float`, packed or one by one, behind those that came before. */
  floats(before?: Float32Array): Float32Array {
    const isOne = this.#wireType === wireTypes.fixed32;
    const from = isOne ? this.#take(4) : this.#run();
    const length = this.#at - from;
    if (length % 4 !== 0) throw malformed(`a run of floats has ${length} bytes, no multiple of 4`);
    const count = length / 4;
    const at = before?.length ?? 0;
    const values =
      before === undefined
        ? this.#floats.take(count, (this.#bytes.length - from) >>> 2)
        : grown(before, count);
    if (isLittleEndian)
      new Uint8Array(values.buffer, values.byteOffset + 4 * at, length).set(
        this.#bytes.subarray(from, this.#at),
      );
    else for (let i = 0; i < count; i++) values[at + i] = this.#view.getFloat32(from + i * 4, true);
    return values;
  }

  /** `repeated uint32`, packed or one by one, behind those that came before. */
  unsigneds32(before: Uint32Array = noIntegers): Uint32Array {
    const values = grown(before, this.#runOfVarints());
    for (let i = before.length; i < values.length; i++) {
      this.#varint();
      values[i] = this.#low;
    }
    return values;
  }

  /** `repeated uint64` or `repeated int64`, packed or one by one: each is handed over. */
  integers(isSigned: boolean, put: (value: number | bigint) => void): void {
    for (let count = this.#runOfVarints(); count > 0; count--) {
      this.#varint();
      put(isSigned ? this.#integer() : this.#unsigned());
    }
  }

  get #view(): DataView {
    this.#lazyView ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#lazyView;
  }

  #unsigned(): number | bigint {
    const high = this.#high >>> 0;
    if (high < 2 ** 21) return high * 2 ** 32 + (this.#low >>> 0);
    return (BigInt(high) << 32n) | BigInt(this.#low >>> 0);
  }

  #integer(): number | bigint {
    if (this.#high >= 0) return this.#unsigned();
    // Small negative numbers are common, and each has ten bytes.
    if (this.#high === -1 && this.#low < 0) return this.#low;
    return plain((BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0));
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw malformed(`a field has wire type ${this.#wireType}, but ${wireType} is its`);
  }

  /** How many varints follow: those of a run, or one. Their end is the end of the run. */
  #runOfVarints(): number {
    if (this.#wireType === wireTypes.varint) return 1;
    const from = this.#run();
    let count = 0;
    for (let at = from; at < this.#at; at++) if (this.#bytes[at]! < 128) count++;
    if (this.#at > from && this.#bytes[this.#at - 1]! >= 128)
      throw malformed("a run of numbers ends in the middle of one");
    this.#at = from;
    return count;
  }

  /** Where a run of bytes begins; it is passed over. */
  #run(): number {
    this.#expect(wireTypes.bytes);
    return this.#take(this.#length());
  }

  /** Where what is taken begins. */
  #take(length: number): number {
    if (length > this.#end - this.#at)
      throw malformed(`it ends ${length - (this.#end - this.#at)} bytes too early`);
    this.#at += length;
    return this.#at - length;
  }

  #length(): number {
    this.#varint();
    const length = Number(this.#unsigned());
    if (length > this.#end - this.#at) throw malformed(`a field of ${length} bytes goes past its end`);
    return length;
  }

  #varint(): void {
    const bytes = this.#bytes;
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte(bytes);
      low |= (byte & 127) << shift;
      if (byte < 128) {
        this.#low = low;
        this.#high = 0;
        return;
      }
    }
    let byte = this.#byte(bytes);
    this.#low = low | (byte << 28);
    let high = (byte & 127) >> 4;
    for (let shift = 3; byte >= 128; shift += 7) {
      if (shift > 31) throw malformed("a number goes on for more than ten bytes");
      byte = this.#byte(bytes);
      high |= (byte & 127) << shift;
    }
    this.#high = high;
  }

  #byte(bytes: Uint8Array): number {
    if (this.#at === this.#end) throw malformed("it ends 1 byte too early");
    return bytes[this.#at++]!;
  }
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function malformed(why: string, cause?: unknown): FrancaError {
  return new FrancaError("invalid_argument", `the message is no protobuf: ${why}`, { cause });
}
