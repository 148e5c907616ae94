/**
 * Index checkpoints as bytes, little-endian: written in pieces, read with every length checked,
 * since what is read may be damaged. Arrays are aligned to their element size.
 */
import { FrancaError } from "../../errors.ts";

export interface ByteWriter {
  uint32(value: number): void;
  float64(value: number): void;
  string(text: string): void;
  array(values: Uint16Array | Uint32Array | Float64Array): void;
  finish(): Uint8Array;
}

export interface ByteReader {
  uint32(): number;
  float64(): number;
  string(): string;
  uint16Array(): Uint16Array;
  uint32Array(): Uint32Array;
  float64Array(): Float64Array;
  /** @throws FrancaError data_loss when bytes are left */
  end(): void;
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

export function byteWriter(): ByteWriter {
  if (!littleEndian) throw new FrancaError("unimplemented", "index checkpoints need a little-endian machine");
  let bytes = new Uint8Array(1 << 12);
  let view = new DataView(bytes.buffer);
  let length = 0;
  const room = (size: number): void => {
    if (length + size <= bytes.length) return;
    const grown = new Uint8Array(Math.max(length + size, bytes.length * 2));
    grown.set(bytes.subarray(0, length));
    bytes = grown;
    view = new DataView(grown.buffer);
  };
  const align = (size: number): void => {
    room(size);
    while (length % size !== 0) bytes[length++] = 0;
  };
  const uint32 = (value: number): void => {
    room(4);
    view.setUint32(length, value, true);
    length += 4;
  };
  return {
    uint32,
    float64(value) {
      room(8);
      view.setFloat64(length, value, true);
      length += 8;
    },
    string(text) {
      const encoded = new TextEncoder().encode(text);
      uint32(encoded.length);
      room(encoded.length);
      bytes.set(encoded, length);
      length += encoded.length;
    },
    array(values) {
      uint32(values.length);
      align(values.BYTES_PER_ELEMENT);
      room(values.byteLength);
      bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length);
      length += values.byteLength;
    },
    finish: () => bytes.slice(0, length),
  };
}

export function byteReader(source: Uint8Array): ByteReader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let position = 0;
  const take = (size: number): number => {
    if (size > source.length - position) throw damagedIndex("it ends too early");
    position += size;
    return position - size;
  };
  const uint32 = (): number => view.getUint32(take(4), true);
  /** A copy, which is aligned wherever the source lies. */
  const array = (size: number): ArrayBuffer => {
    const count = uint32();
    take((size - (position % size)) % size);
    const start = take(count * size);
    return source.slice(start, start + count * size).buffer as ArrayBuffer;
  };
  return {
    uint32,
    float64: () => view.getFloat64(take(8), true),
    string() {
      const size = uint32();
      const start = take(size);
      try {
        return decoder.decode(source.subarray(start, start + size));
      } catch (error) {
        throw damagedIndex("a string in it is not UTF-8", error);
      }
    },
    uint16Array: () => new Uint16Array(array(2)),
    uint32Array: () => new Uint32Array(array(4)),
    float64Array: () => new Float64Array(array(8)),
    end() {
      if (position !== source.length) throw damagedIndex(`${source.length - position} bytes too many`);
    },
  };
}

export function damagedIndex(what: string, cause?: unknown): FrancaError {
  return new FrancaError(
    "data_loss",
    `the checkpoint of the field indexes is damaged: ${what}; rebuild it from the log`,
    {
      cause,
    },
  );
}
