/**
 * Ids. Qdrant knows unsigned integers and UUIDs, which go as they are. Any other, a string or a negative integer, goes as a UUID
 * of version 5 (RFC 9562) of it, and is kept in the point's payload, by which it is known again.
 */
import { idKind, type PointId } from "../../model/id.ts";
import type { JsonValue } from "../../model/payload.ts";
import { sha1 } from "./sha1.ts";

/** As Qdrant takes them. */
export type WireId = number | bigint | string;

/** How an id that Qdrant has not is kept. */
export interface KeptId {
  id: string;
  /** "integer" of a negative one. */
  idType?: "integer";
}

export function wireId(id: PointId): WireId {
  return isForeign(id) ? uuid5(id) : id;
}

/** Whether Qdrant cannot hold it as it is. */
export function isForeign(id: PointId): boolean {
  const kind = idKind(id);
  return kind === "negative" || kind === "string";
}

export function keptId(id: PointId): KeptId | undefined {
  if (!isForeign(id)) return undefined;
  return typeof id === "string" ? { id } : { id: String(id), idType: "integer" };
}

/** What it was; itself where nothing fitting was kept, as in points that others wrote. */
export function pointId(id: WireId, kept: JsonValue | undefined): PointId {
  const own = typeof kept === "object" && kept !== null && !Array.isArray(kept) ? kept : {};
  if (typeof id !== "string")
    return typeof id === "bigint" && id <= Number.MAX_SAFE_INTEGER ? Number(id) : id;
  if (typeof own.id !== "string") return id;
  const original = own.idType === "integer" ? integerOf(own.id) : own.id;
  return original !== undefined && wireId(original) === id ? original : id;
}

function integerOf(text: string): PointId | undefined {
  if (!/^-\d{1,19}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Of the ids of points that Franca writes into a Qdrant: of strings, and, with another last byte, of integers. */
const namespace = Uint8Array.from([
  0x6f, 0x1d, 0x2a, 0x0b, 0x5c, 0x8e, 0x4f, 0x37, 0x9a, 0x41, 0xd3, 0x70, 0xe2, 0x96, 0xb8, 0x14,
]);

function uuid5(id: PointId): string {
  const text = new TextEncoder().encode(String(id));
  const message = new Uint8Array(namespace.length + text.length);
  message.set(namespace);
  if (typeof id !== "string") message[namespace.length - 1]! ^= 1;
  message.set(text, namespace.length);
  const bytes = sha1(message).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
