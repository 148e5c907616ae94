/** Qdrant's messages as its official client for JavaScript knows them: their descriptors, and random messages of them. */
import { create, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import * as client from "@qdrant/js-client-grpc";

/** By the name that our tables have. */
export const descriptors: ReadonlyMap<string, DescMessage> = gathered();

export function tableName(typeName: string): string {
  return typeName.replace(/^(qdrant|google\.protobuf)\./, "").replaceAll(".", "_");
}

function gathered(): Map<string, DescMessage> {
  const found = new Map<string, DescMessage>();
  const visit = (message: DescMessage): void => {
    const name = tableName(message.typeName);
    if (found.has(name)) return;
    found.set(name, message);
    for (const field of message.fields) if (field.message !== undefined) visit(field.message);
    for (const inside of message.nestedMessages) visit(inside);
  };
  for (const exported of Object.values(client))
    if (isFile(exported)) for (const message of exported.messages) visit(message);
  return found;
}

function isFile(value: unknown): value is { messages: DescMessage[] } {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}

/** A message with some of its fields, filled at random; `random` gives numbers from 0 to 1. */
export function randomMessage(
  descriptor: DescMessage,
  random: () => number,
  depth = 0,
): ReturnType<typeof create> {
  const fields: { [name: string]: unknown } = {};
  for (const member of descriptor.members) {
    if (random() < (depth > 4 ? 0.9 : 0.3)) continue;
    if (member.kind === "oneof") {
      const field = member.fields[Math.floor(random() * member.fields.length)]!;
      fields[member.localName] = { case: field.localName, value: randomValue(field, random, depth) };
    } else fields[member.localName] = randomField(member, random, depth);
  }
  return create(descriptor, fields);
}

function randomField(field: DescField, random: () => number, depth: number): unknown {
  const count = Math.floor(random() * 4);
  if (field.fieldKind === "list")
    return Array.from({ length: count }, () => randomValue(field, random, depth));
  if (field.fieldKind === "map")
    return Object.fromEntries(
      Array.from({ length: count }, () => [randomText(random), randomValue(field, random, depth)]),
    );
  return randomValue(field, random, depth);
}

function randomValue(field: DescField, random: () => number, depth: number): unknown {
  if (field.message !== undefined) return randomMessage(field.message, random, depth + 1);
  if (field.enum !== undefined)
    return field.enum.values[Math.floor(random() * field.enum.values.length)]!.number;
  const size = 2 ** Math.floor(random() * 31);
  switch (field.scalar) {
    case ScalarType.BOOL:
      return random() < 0.5;
    case ScalarType.STRING:
      return randomText(random);
    case ScalarType.DOUBLE:
      return (random() - 0.5) * size;
    case ScalarType.FLOAT:
      return Math.fround((random() - 0.5) * size);
    case ScalarType.UINT32:
      return Math.floor(random() * 2 * size);
    case ScalarType.INT32:
      return Math.floor((random() - 0.5) * size);
    case ScalarType.UINT64:
      return BigInt.asUintN(64, BigInt(Math.floor(random() * size)) ** (random() < 0.3 ? 3n : 1n));
    case ScalarType.INT64:
      return BigInt.asIntN(64, BigInt(Math.floor((random() - 0.5) * size)) ** (random() < 0.3 ? 3n : 1n));
    default:
      throw new Error(`${field.name}: no values of type ${field.scalar}`);
  }
}

function randomText(random: () => number): string {
  const texts = ["", "a", "city", "ü", "__proto__", "𝄞 clef", "x".repeat(200), "a.b[].c"];
  return texts[Math.floor(random() * texts.length)]!;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
