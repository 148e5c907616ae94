/** From plain objects to a message's bytes, by its table: what `Decoder` reads. What is undefined or null is not written. */
import type { Field, Message } from "./table.ts";
import type { ProtobufWriter } from "./writer.ts";

type Fields = { readonly [name: string]: unknown };

/** @throws TypeError for a value that its field cannot hold: a mistake of the caller's */
export function encode(writer: ProtobufWriter, message: Message, value: unknown): void {
  const fields = (message.write === undefined ? value : message.write(value as never)) as Fields;
  if (message.choices !== undefined) {
    for (const name in fields) {
      const field = message.choices.get(name);
      if (field !== undefined) writeField(writer, field, fields[name]);
    }
  } else for (const field of message.fields) writeField(writer, field, fields[field.name]);
}

function writeField(writer: ProtobufWriter, field: Field, value: unknown): void {
  if (value === undefined || value === null || Object.is(value, field.absent)) return;
  if (field.label === "repeated") writeList(writer, field, value as ArrayLike<unknown>);
  else if (field.label === "map") writeMap(writer, field, value as Fields);
  else writeValue(writer, field.number, field, value);
}

function writeValue(writer: ProtobufWriter, number: number, field: Field, value: unknown): void {
  switch (field.kind) {
    case "message": {
      const from = writer.begin(number);
      encode(writer, field.message, value);
      writer.end(from);
      return;
    }
    case "string":
      writer.text(number, value as string);
      return;
    case "sint64":
      writer.signed(number, value as number);
      return;
    case "bool":
      writer.integer(number, value === true ? 1 : 0);
      return;
    case "double":
      writer.double(number, value as number);
      return;
    case "float":
      writer.float(number, value as number);
      return;
    case "bytes":
      writer.bytes(number, value as Uint8Array);
      return;
    case "enum":
      writer.integer(number, numberIn(field, value));
      return;
    default:
      writer.integer(number, value as number | bigint);
  }
}

/** Numbers packed. */
function writeList(writer: ProtobufWriter, field: Field, list: ArrayLike<unknown>): void {
  const { number, kind } = field;
  if (list.length === 0) return;
  if (kind === "float") {
    writer.floats(number, list instanceof Float32Array ? list : Float32Array.from(list as ArrayLike<number>));
  } else if (kind === "uint32" || kind === "uint64" || kind === "int64")
    writer.integers(number, list as ArrayLike<number>);
  else for (let i = 0; i < list.length; i++) writeValue(writer, number, field, list[i]);
}

function writeMap(writer: ProtobufWriter, field: Field, map: Fields): void {
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === undefined) continue;
    const from = writer.begin(field.number);
    if (key !== "") writer.text(1, key);
    writeValue(writer, 2, field, value);
    writer.end(from);
  }
}

function numberIn({ name, numbers }: Field, value: unknown): number {
  const number = typeof value === "number" ? value : numbers.get(value);
  if (number === undefined) throw new TypeError(`${name}: no number is known for ${JSON.stringify(value)}`);
  return number;
}
