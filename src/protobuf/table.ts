/**
 * Messages as tables: each field in a few words, `"3 repeated float"`, from which `Messages` (messages.ts) reads and writes.
 *
 *     PointId: { num: "1 one uint64", uuid: "2 one string" }
 *     Point:   { id: "1 PointId", payload: "3 map Value", vectors: "4 repeated float", version: "5 optional uint64" }
 *
 * A field is its number; then `repeated`, `map` (from strings), `optional` (it may be absent, though no message), `one` (of
 * those so marked in a message at most one is there), or nothing; then a scalar type, or a message or an enum of the tables.
 * Names do not go over the wire: a table may have better ones than the vendor's.
 */

export interface Tables {
  readonly messages: { readonly [message: string]: { readonly [field: string]: string } };
  /** The names of an enum's numbers, from 0. null is as good as absent. */
  readonly enums?: { readonly [name: string]: readonly (string | null)[] };
}

/** What a message is outside of protobuf, where that is not an object of its fields. */
export interface Shape {
  /** From the fields that were read. */
  read?(fields: never): unknown;
  /** To the fields that are to be written. */
  write?(value: never): object;
}

export type Shapes = { readonly [message: string]: Shape };

const scalars = [
  "uint64",
  "uint32",
  "int64",
  "int32",
  "sint64",
  "bool",
  "double",
  "float",
  "string",
  "bytes",
] as const;

export type Kind = (typeof scalars)[number] | "enum" | "message";

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: Kind;
  readonly label: "" | "repeated" | "map" | "optional" | "one";
  /** Of a message. */
  message: Message;
  /** Of an enum. */
  readonly names: readonly (string | null)[];
  readonly numbers: ReadonlyMap<unknown, number>;
  /** What protobuf takes for it where there is no value; undefined for a message. */
  readonly zero: unknown;
  /** What it is when it is not on the wire, and so what is not written; undefined for what is then absent. */
  readonly absent: unknown;
}

export interface Message {
  readonly name: string;
  /** By number. */
  readonly byNumber: readonly (Field | undefined)[];
  /** In the order of their numbers. */
  readonly fields: readonly Field[];
  /** Its fields by name, if all of them are those of which at most one is there. */
  readonly choices: ReadonlyMap<string, Field> | undefined;
  /** As it is read from no bytes. */
  readonly blank: { readonly [field: string]: unknown };
  readonly read: ((fields: never) => unknown) | undefined;
  readonly write: ((value: never) => object) | undefined;
}

/** @throws Error for a table that makes no sense */
export function messagesOf(
  { messages, enums = {} }: Tables,
  shapes: Shapes = {},
): ReadonlyMap<string, Message> {
  const found = new Map<string, Message>();
  for (const [name, table] of Object.entries(messages)) {
    const fields = Object.entries(table)
      .map(([field, spec]) => fieldOf(field, spec, name, enums))
      .sort((a, b) => a.number - b.number);
    const byNumber: (Field | undefined)[] = Array.from({ length: (fields.at(-1)?.number ?? 0) + 1 });
    for (const field of fields) {
      if (byNumber[field.number] !== undefined) throw new Error(`${name} has two fields ${field.number}`);
      byNumber[field.number] = field;
    }
    const blanks = fields.filter(({ absent }) => absent !== undefined);
    found.set(name, {
      name,
      byNumber,
      fields,
      choices: fields.every(({ label }) => label === "one")
        ? new Map(fields.map((field) => [field.name, field]))
        : undefined,
      blank: Object.fromEntries(blanks.map((field) => [field.name, field.absent])),
      read: shapes[name]?.read,
      write: shapes[name]?.write,
    });
  }
  for (const [name, table] of Object.entries(messages)) {
    for (const field of found.get(name)!.fields) {
      if (field.kind !== "message") continue;
      const type = partsOf(table[field.name]!)!.type;
      const message = found.get(type);
      if (message === undefined) throw new Error(`${name}.${field.name}: there is no type ${type}`);
      field.message = message;
    }
  }
  for (const name of Object.keys(shapes))
    if (!found.has(name)) throw new Error(`a shape of ${name}, which is no message`);
  return found;
}

function partsOf(spec: string): { number: string; label: string; type: string } | undefined {
  const parts = /^(?<number>\d+) (?:(?<label>repeated|map|optional|one) )?(?<type>\w+)$/.exec(spec);
  return parts?.groups as ReturnType<typeof partsOf>;
}

function fieldOf(name: string, spec: string, message: string, enums: NonNullable<Tables["enums"]>): Field {
  const parts = partsOf(spec);
  if (parts === undefined) throw new Error(`${message}.${name}: cannot read ${JSON.stringify(spec)}`);
  const { type } = parts;
  const label = (parts.label ?? "") as Field["label"];
  const names = enums[type] ?? [];
  const kind = scalars.find((scalar) => scalar === type) ?? (Object.hasOwn(enums, type) ? "enum" : "message");
  if (label === "repeated" && !repeatable.has(kind))
    throw new Error(`${message}.${name}: lists of ${kind} have no reader yet`);
  const zero = zeros(kind, names);
  return {
    name,
    number: Number(parts.number),
    kind,
    label,
    message: undefined as unknown as Message,
    names,
    numbers: new Map(names.map((each, i) => [each, i])),
    zero,
    absent: label === "" ? zero : undefined,
  };
}

const repeatable: ReadonlySet<Kind> = new Set([
  "message",
  "string",
  "bytes",
  "float",
  "uint32",
  "uint64",
  "int64",
]);

function zeros(kind: Kind, names: readonly (string | null)[]): unknown {
  switch (kind) {
    case "message":
      return undefined;
    case "enum":
      return names[0];
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return new Uint8Array(0);
    default:
      return 0;
  }
}
