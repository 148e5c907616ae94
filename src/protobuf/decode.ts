/**
 * From a message's bytes to plain objects, by its table. Fields that no table knows are passed over. Of a field that comes twice
 * and is no list, the last counts. Numbers beyond 2^53 are bigints; `repeated float` is a Float32Array and `repeated uint32` a
 * Uint32Array, each copied at once; an enum is its name, or its number where it has none.
 */
import { FrancaError } from "../errors.ts";
import type { ProtobufReader } from "./reader.ts";
import type { Field, Message } from "./table.ts";

type Fields = { [name: string]: unknown };

/** As deep as other implementations go. */
const mostDepth = 100;
/**
 * Messages, items of lists that become JavaScript's own, and runs of numbers. No request has as many; they would take some
 * hundred times the bytes that a hostile one is sent in.
 */
const mostParts = 2 ** 22;

export class Decoder {
  readonly #reader: ProtobufReader;
  #parts = 0;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  /** What the reader has until its end. @throws FrancaError invalid_argument */
  decode(message: Message, depth = 0): unknown {
    const reader = this.#reader;
    const fields: Fields = { ...message.blank };
    let chosen: Field | undefined;
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      const field = message.byNumber[number];
      if (field === undefined) {
        reader.skip();
        continue;
      }
      const { name, label } = field;
      if (label === "repeated") this.#add(fields, field, depth);
      else if (label === "map") this.#put(fields, field, depth);
      else if (label === "one") {
        if (chosen !== undefined && chosen !== field) delete fields[chosen.name];
        chosen = field;
        fields[name] = this.#value(field, depth);
      } else fields[name] = this.#value(field, depth);
    }
    return message.read === undefined ? fields : message.read(fields as never);
  }

  #value(field: Field, depth: number): unknown {
    const reader = this.#reader;
    switch (field.kind) {
      case "message":
        return this.#inside(field.message, depth);
      case "string":
        return reader.text();
      case "uint64":
        return reader.unsigned();
      case "uint32":
        return reader.unsigned32();
      case "int64":
      case "int32":
        return reader.integer();
      case "sint64":
        return reader.signed();
      case "bool":
        return reader.bool();
      case "double":
        return reader.double();
      case "float":
        return reader.float();
      case "bytes":
        return reader.bytes();
      case "enum": {
        const number = reader.unsigned32();
        const name = field.names[number];
        return name === undefined ? number : name;
      }
    }
  }

  #inside(message: Message, depth: number): unknown {
    this.#count();
    if (depth >= mostDepth) throw tooDeep();
    const outerEnd = this.#reader.enter();
    const value = this.decode(message, depth + 1);
    this.#reader.leave(outerEnd);
    return value;
  }

  #add(fields: Fields, field: Field, depth: number): void {
    const { name, kind } = field;
    const before = fields[name];
    if (kind !== "message") this.#count();
    if (kind === "float") fields[name] = this.#reader.floats(before as Float32Array | undefined);
    else if (kind === "uint32") fields[name] = this.#reader.unsigneds32(before as Uint32Array | undefined);
    else {
      const list = (before as unknown[] | undefined) ?? [];
      if (before === undefined) fields[name] = list;
      if (kind === "uint64" || kind === "int64")
        this.#reader.integers(kind === "int64", (value) => {
          this.#count();
          list.push(value);
        });
      else list.push(this.#value(field, depth));
    }
  }

  #count(): void {
    if (++this.#parts > mostParts) throw tooMany();
  }

  /** One entry of a map: a message of a key and a value. */
  #put(fields: Fields, field: Field, depth: number): void {
    if (depth >= mostDepth) throw tooDeep();
    const map = (fields[field.name] as Fields | undefined) ?? {};
    fields[field.name] = map;
    const reader = this.#reader;
    const outerEnd = reader.enter();
    let key = "";
    let value: unknown;
    let isThere = false;
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      if (number === 1) key = reader.text();
      else if (number === 2) {
        value = this.#value(field, depth + 1);
        isThere = true;
      } else reader.skip();
    }
    reader.leave(outerEnd);
    if (!isThere) value = nothing(field);
    // As a key it would be the object's prototype.
    if (key === "__proto__")
      Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
    else map[key] = value;
  }
}

/** What a map's entry without a value holds. */
function nothing({ kind, message, zero }: Field): unknown {
  if (kind !== "message") return zero;
  return message.read === undefined ? { ...message.blank } : message.read({ ...message.blank } as never);
}

function tooDeep(): FrancaError {
  return new FrancaError("invalid_argument", `the message has others inside it, more than ${mostDepth} deep`);
}

function tooMany(): FrancaError {
  return new FrancaError(
    "invalid_argument",
    `the message has more than ${mostParts} parts; send it in several requests`,
  );
}
