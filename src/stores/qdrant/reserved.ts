/**
 * What this store keeps in a point's payload beside the user's own, under one key: the id that Qdrant has not, and vectors that it
 * would not give back bit for bit, since it normalises those of cosine fields that are not of length 1, and JSON knows no −0.
 */
import { badInput } from "../../model/bad-input.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { KeptId } from "./ids.ts";

export const reservedName = "__franca";

export interface Reserved extends Partial<KeptId> {
  /** By field: the float32 components as base64 of little-endian bytes; rows one after the other. */
  vectors?: { [field: string]: string };
}

/** The payload as it is written. @throws FrancaError invalid_argument where it has the key itself */
export function withReserved(payload: Payload, reserved: Reserved, where: string): Payload {
  expectUnreserved(payload, where);
  return Object.keys(reserved).length === 0
    ? payload
    : { ...payload, [reservedName]: reserved as unknown as JsonValue };
}

export function expectUnreserved(payload: Payload, where: string): void {
  if (Object.hasOwn(payload, reservedName))
    throw badInput(where, `other keys of a payload than ${reservedName}, which the store needs itself`);
}

/** What others wrote there is nothing. */
export function reservedIn(payload: unknown): Reserved {
  const own = isObject(payload) ? payload[reservedName] : undefined;
  if (!isObject(own)) return {};
  const { id, idType, vectors } = own;
  const kept = isObject(vectors)
    ? Object.entries(vectors).filter(([, text]) => typeof text === "string")
    : [];
  return {
    ...(typeof id === "string" && { id }),
    ...(idType === "integer" && { idType }),
    ...(kept.length > 0 && { vectors: Object.fromEntries(kept) as { [field: string]: string } }),
  };
}

/** The user's payload. Integers beyond 2^53 are the nearest number, as everywhere in payloads. */
export function withoutReserved(payload: unknown): Payload {
  if (!isObject(payload)) return {};
  const own = Object.hasOwn(payload, reservedName)
    ? Object.fromEntries(Object.entries(payload).filter(([key]) => key !== reservedName))
    : payload;
  return holdsBigint(own) ? (rounded(own) as Payload) : (own as Payload);
}

function holdsBigint(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsBigint);
}

function rounded(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one)]));
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
