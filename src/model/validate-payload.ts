/**
 * Payloads at the border: plain JSON, copied, with every declared field of its type. What comes out is the caller's
 * no longer: Dates are ISO strings, −0 is 0, and later changes to the input do not reach it.
 */
import { badInput } from "./bad-input.ts";
import { parseDatetime } from "./datetime.ts";
import { geoPointOf } from "./geo.ts";
import { type Path, type PathSyntax, readPath, splitPath, valuesAt } from "./path.ts";
import type { JsonValue, Payload } from "./payload.ts";
import { reservedKey } from "./reserved-key.ts";
import type { PayloadField, PayloadFieldType } from "./schema.ts";
import { parseUuid } from "./uuid.ts";

const deepest = 64;
/** The longest payload, as JSON in UTF-8. */
export const maxPayloadBytes: number = 16 * 2 ** 20;

/** Declared fields as a tree of keys, so that one walk over a payload meets them all. */
export interface DeclaredTree {
  type?: PayloadFieldType;
  path?: string;
  keys: Map<string, DeclaredTree>;
  /** At the root: fields by explicit paths, which one walk does not meet. */
  explicit?: { path: string; at: Path; type: PayloadFieldType }[];
}

/** Lenient fields are not in it: they refuse nothing. */
export function declaredTree(
  fields: { readonly [path: string]: PayloadField },
  paths: PathSyntax = "implicit",
): DeclaredTree {
  const root: DeclaredTree = { keys: new Map() };
  for (const [path, field] of Object.entries(fields)) {
    if (field.lenient === true) continue;
    const at = readPath(path, paths);
    if (at?.syntax === "explicit") {
      root.explicit ??= [];
      root.explicit.push({ path, at, type: field.type });
      continue;
    }
    let node = root;
    for (const key of splitPath(path)) {
      const next: DeclaredTree = node.keys.get(key) ?? { keys: new Map() };
      node.keys.set(key, next);
      node = next;
    }
    node.type = field.type;
    node.path = path;
  }
  return root;
}

/** @throws FrancaError invalid_argument, naming `where` (the point), the field, what was expected and what came */
export function validatePayload(payload: unknown, declared: DeclaredTree, where: string): Payload {
  if (!isPlain(payload))
    throw badInput(where, "a payload that is a plain object", payload ?? String(payload));
  if (Object.hasOwn(payload, reservedKey)) throw badInput(where, "other keys of a payload than U+0000");
  const copy = copyObject(payload, declared, { where, path: "", depth: 0 });
  for (const { path, at: place, type } of declared.explicit ?? []) {
    for (const value of valuesAt(copy, place))
      if (value !== null) expectType(type, value, { where, path, depth: 0 });
  }
  return copy;
}

interface Place {
  where: string;
  path: string;
  depth: number;
}

function copyObject(
  object: Record<string, unknown>,
  declared: DeclaredTree | undefined,
  place: Place,
): Payload {
  const copy: Payload = {};
  for (const key of Object.keys(object)) {
    const inner = {
      where: place.where,
      path: place.path === "" ? key : `${place.path}.${key}`,
      depth: place.depth + 1,
    };
    const value = copyValue(object[key], declared?.keys.get(key), inner);
    if (key !== "__proto__") copy[key] = value;
    // Assignment would set the prototype; as data it is a key like others.
    else Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

function copyValue(value: unknown, declared: DeclaredTree | undefined, place: Place): JsonValue {
  // Cycles end here too.
  if (place.depth > deepest) throw badInput(at(place), `JSON nested at most ${deepest} deep`);
  if (Array.isArray(value)) {
    const inner = { ...place, depth: place.depth + 1 };
    return Array.from(value, (element) => copyValue(element, declared, inner));
  }
  const copy = copyScalarOrObject(value, declared, place);
  if (declared?.type !== undefined && copy !== null) expectType(declared.type, copy, place);
  return copy;
}

function copyScalarOrObject(value: unknown, declared: DeclaredTree | undefined, place: Place): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw badInput(at(place), "a finite number", value);
    return value === 0 ? 0 : value;
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw badInput(at(place), "a valid Date", value);
    return value.toISOString();
  }
  if (!isPlain(value)) throw badInput(at(place), "JSON or a Date", value ?? String(value));
  return copyObject(value, declared, place);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of other realms (vm contexts, frames) have a prototype whose own prototype is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const expectations: {
  readonly [type in PayloadFieldType]: { words: string; holds: (value: JsonValue) => boolean };
} = {
  keyword: { words: "a string", holds: (value) => typeof value === "string" },
  text: { words: "a string", holds: (value) => typeof value === "string" },
  bool: { words: "a boolean", holds: (value) => typeof value === "boolean" },
  integer: { words: "a safe integer", holds: (value) => Number.isSafeInteger(value) },
  float: { words: "a finite number", holds: (value) => typeof value === "number" },
  datetime: {
    words: "a Date or an RFC 3339 date-time such as 2026-01-31T12:00:00Z",
    holds: (value) => typeof value === "string" && parseDatetime(value) !== undefined,
  },
  uuid: { words: "a UUID", holds: (value) => typeof value === "string" && parseUuid(value) !== undefined },
  geo: {
    words: "{lat: −90 … 90, lon: −180 … 180}",
    holds: (value) => geoPointOf(value) !== undefined,
  },
};

function expectType(type: PayloadFieldType, value: JsonValue, place: Place): void {
  const { words, holds } = expectations[type];
  if (!holds(value))
    throw badInput(at(place), `${words} (the field is declared ${type}), null, or an array of such`, value);
}

function at(place: Place): string {
  return `${place.where}: payload field ${JSON.stringify(place.path)}`;
}
