/**
 * Readers of requests: each takes a value of unknown shape and returns it as what it should be, or throws as Qdrant does: 400
 * for a wrong shape, 422 for what is out of bounds. Members that no reader knows are ignored, and null is as good as absent,
 * as there.
 */
import { type FrancaError, isFrancaError } from "../../../errors.ts";
import type { JsonValue } from "../../../model/payload.ts";
import { formatError, validationError } from "../errors.ts";

/** @param path where the value stands: "vectors.size"; "" for the request itself */
export type Reader<T> = (value: unknown, path: string) => T;
export type Read<R> = R extends Reader<infer T> ? T : never;

type Members = { readonly [name: string]: Reader<unknown> };
/** What a reader lets be undefined may be absent. */
type ObjectOf<M extends Members> = {
  [K in keyof M as undefined extends Read<M[K]> ? never : K]: Read<M[K]>;
} & { [K in keyof M as undefined extends Read<M[K]> ? K : never]?: Read<M[K]> };

export type JsonObject = { [key: string]: JsonValue };

export function object<M extends Members>(members: M): Reader<ObjectOf<M>> {
  const readers = Object.entries(members);
  return (value, path) => {
    const given = objectAt(value, path);
    const result: { [name: string]: unknown } = {};
    for (const [name, read] of readers) {
      const member = given[name];
      const at = within(path, name);
      if (member === undefined && !optionals.has(read)) throw formatError(`missing field \`${at}\``);
      const found = read(member, at);
      if (found !== undefined) result[name] = found;
    }
    return result as ObjectOf<M>;
  };
}

const optionals = new WeakSet<Reader<unknown>>();

export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  const reader: Reader<T | undefined> = (value, path) =>
    value === undefined || value === null ? undefined : read(value, path);
  optionals.add(reader);
  return reader;
}

export function list<T>(read: Reader<T>): Reader<T[]> {
  return (value, path) => {
    if (!isList(value)) throw mismatch(value, "a sequence", path);
    return Array.from(value, (item, i) => read(item, `${path}[${i}]`));
  };
}

/** Values by names that are the client's. */
export function map<T>(read: Reader<T>): Reader<{ [name: string]: T }> {
  return (value, path) => {
    const result: { [name: string]: T } = Object.create(null);
    for (const [name, item] of Object.entries(objectAt(value, path)))
      result[name] = read(item, within(path, name));
    return { ...result };
  };
}

/** The first that reads it; what is of the right shape and out of bounds is not tried further. */
export function either<const R extends readonly Reader<unknown>[]>(
  name: string,
  ...readers: R
): Reader<Read<R[number]>> {
  return (value, path) => {
    for (const read of readers) {
      try {
        return read(value, path) as Read<R[number]>;
      } catch (error) {
        if (!isFrancaError(error) || error.details.httpStatus !== 400) throw error;
      }
    }
    const where = path === "" ? "" : ` in \`${path}\``;
    throw formatError(`data did not match any variant of untagged enum ${name}${where}`);
  };
}

export function choice<const T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, path) => {
    if (typeof value === "string" && (allowed as readonly string[]).includes(value)) return value as T;
    const told = typeof value === "string" ? `unknown variant \`${value}\`` : typeOf(value);
    throw formatError(
      `${at(path)}${told}, expected one of ${allowed.map((name) => `\`${name}\``).join(", ")}`,
    );
  };
}

export const string: Reader<string> = (value, path) => {
  if (typeof value !== "string") throw mismatch(value, "a string", path);
  return value;
};

export const boolean: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw mismatch(value, "a boolean", path);
  return value;
};

/** A whole number of at most 2^53 − 1. */
export function unsigned(least: number = 0, most: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, path) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number) || number < 0)
      throw mismatch(value, "an unsigned integer", path);
    return bounded(number, least, most, path);
  };
}

export function number(
  least: number = Number.NEGATIVE_INFINITY,
  most: number = Number.POSITIVE_INFINITY,
): Reader<number> {
  return (value, path) => {
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number !== "number") throw mismatch(value, "a number", path);
    return bounded(number, least, most, path);
  };
}

/** Any JSON object, as it is. */
export const json: Reader<JsonObject> = (value, path) => objectAt(value, path) as JsonObject;

export function objectAt(value: unknown, path: string): { [name: string]: unknown } {
  if (typeof value !== "object" || value === null || isList(value)) throw mismatch(value, "a map", path);
  return value as { [name: string]: unknown };
}

export function isList(value: unknown): value is ArrayLike<unknown> & Iterable<unknown> {
  return Array.isArray(value) || value instanceof Float32Array;
}

export function mismatch(value: unknown, expected: string, path: string): FrancaError {
  return formatError(`${at(path)}invalid type: ${typeOf(value)}, expected ${expected}`);
}

function bounded(value: number, least: number, most: number, path: string): number {
  if (value >= least && value <= most) return value;
  const isOpenAbove = most === Number.MAX_SAFE_INTEGER || most === Number.POSITIVE_INFINITY;
  const bounds = isOpenAbove ? `${least} or larger` : `from ${least} to ${most}`;
  throw validationError(path, `value ${value} invalid, must be ${bounds}`);
}

export function within(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function at(path: string): string {
  return path === "" ? "" : `${path}: `;
}

/** What came, in a word. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (isList(value)) return "sequence";
  if (typeof value === "object") return "map";
  if (typeof value === "string") return `string ${JSON.stringify(value.slice(0, 80))}`;
  if (typeof value === "boolean") return `boolean \`${value}\``;
  const isWhole = typeof value === "bigint" || Number.isInteger(value);
  return `${isWhole ? "integer" : "floating point"} \`${String(value)}\``;
}
