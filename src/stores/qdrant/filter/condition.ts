/**
 * One condition on one field as Qdrant's. Of the keys that an implicit path becomes, a condition on values holds when it does for
 * any.
 */
import type { FrancaError } from "../../../errors.ts";
import type { CheckedCondition, FieldTest } from "../../../model/checked-filter.ts";
import type { Path } from "../../../model/path.ts";
import type { PayloadField, PayloadFieldType, TextField } from "../../../model/schema.ts";
import { analyzerOf } from "../../../text/analyzer.ts";
import { unimplemented } from "../unimplemented.ts";
import { any, type Condition, nothing } from "./clauses.ts";
import { geoBox, geoPolygon, geoRadius } from "./geo.ts";
import { keysOf } from "./paths.ts";
import { hasValue, type Presence, presence } from "./presence.ts";
import { rangeOf, withinAny } from "./range.ts";

/** @param prefix of a lone object, whose paths are relative to it */
export function fieldCondition(condition: CheckedCondition, prefix: Path | undefined): Condition {
  const at = prefix === undefined ? condition.at : below(prefix, condition.at);
  const keys = keysOf(at, condition.declared !== undefined);
  const { test, declared, path } = condition;
  const field: Field = {
    path,
    keys,
    type: declared?.type,
    declared,
    isLenient: declared?.lenient === true,
    isExplicit: at.syntax === "explicit",
  };
  return of(test, field);
}

export interface Field {
  path: string;
  keys: readonly string[];
  /** Of the declaration that decides; undefined where payloads do. */
  type: PayloadFieldType | undefined;
  declared?: PayloadField | undefined;
  isLenient: boolean;
  isExplicit: boolean;
}

function below(prefix: Path, at: Path): Path {
  if (prefix.syntax !== "implicit" || at.syntax !== "implicit") return at;
  return { syntax: "implicit", keys: [...prefix.keys, ...at.keys] };
}

function of(test: FieldTest, field: Field): Condition {
  switch (test.operator) {
    case "in":
      return oneOf(test.values, field);
    case "notIn":
      return noneOf(test.values, field);
    case "range":
      if (test.of === "datetime") expectStrictDatetimes(field);
      return anyKey(field, (key) => ({ key, range: rangeOf(test.bounds, test.of) }));
    case "geoRadius":
      return anyKey(field, (key) => geoRadius(key, test.circle));
    case "geoBox":
      return anyKey(field, (key) => geoBox(key, test.box));
    case "geoPolygon":
      return anyKey(field, (key) => geoPolygon(key, test.polygon));
    case "substring":
      return any(test.queries.map((text) => anyKey(field, (key) => ({ key, match: { text } }))));
    case "prefix":
      throw unimplementedOn(field, "match by prefix", "Qdrant's filters know none");
    case "match":
      return words(test, field);
    default:
      return presence(test as Presence, field);
  }
}

export function anyKey({ keys }: Field, of: (key: string) => Condition): Condition {
  return any(keys.map(of));
}

/**
 * Words, where they are cut alike. Of several in a row Qdrant may find the first at the end of one string of an array and the
 * rest in the next; its multilingual words are others.
 */
function words(
  { query, mode }: Extract<FieldTest, { operator: "match" }>,
  { declared, ...field }: Field,
): Condition {
  const analysis = declared?.type === "text" ? declared.analysis : undefined;
  if (analysis === undefined || analysis.tokenizer === "multilingual")
    throw unimplementedOn(
      field,
      "match",
      'Qdrant cuts, folds and stems words otherwise than this field; declare it with `analysis`, of another tokenizer than "multilingual"',
    );
  const asked = analyzerOf(declared as TextField).asked(query);
  if (asked.length === 0) return nothing;
  if (mode === "phrase" && asked.length > 1)
    throw unimplementedOn(field, "a phrase", "Qdrant may find it across two strings of an array");
  return anyKey(field, (key) => ({ key, match: mode === "any" ? { text_any: query } : { text: query } }));
}

type Scalar = string | number | boolean;

function oneOf(values: readonly Scalar[], field: Field): Condition {
  if (field.type === "datetime") return any((values as number[]).map((micros) => instant(micros, field)));
  const strings = values.filter((value) => typeof value === "string");
  const numbers = values.filter((value) => typeof value === "number");
  const integers = numbers.filter((number) => field.type !== "float" && Number.isSafeInteger(number));
  const others = numbers.filter((number) => !integers.includes(number));
  const parts = [
    ...matching(strings, field),
    ...matching(integers, field),
    ...values
      .filter((value) => typeof value === "boolean")
      .map((value) => anyKey(field, (key) => ({ key, match: { value } }))),
    // Qdrant compares floats by ranges only. No number that JSON knows is infinite.
    ...others
      .filter(Number.isFinite)
      .map((value) => anyKey(field, (key) => ({ key, range: { gte: value, lte: value } }))),
  ];
  return any(parts);
}

function matching(values: readonly Scalar[], field: Field): Condition[] {
  if (values.length === 0) return [];
  const match = values.length === 1 ? { value: values[0] } : { any: values };
  return [anyKey(field, (key) => ({ key, match }))];
}

function instant(micros: number, field: Field): Condition {
  const bounds = { low: micros, lowInclusive: true, high: micros, highInclusive: true };
  return anyKey(field, (key) => ({ key, range: rangeOf(bounds, "datetime") }));
}

function noneOf(values: readonly Scalar[], field: Field): Condition {
  const { type, isExplicit } = field;
  // Of an empty list Qdrant's indexes say other things than it does without them.
  if (values.length === 0 && (isExplicit || type !== undefined))
    return hasValue(isExplicit ? { ...field, type: undefined } : field);
  const isStrings = values.every((value) => typeof value === "string");
  const isIntegers = values.every(Number.isSafeInteger);
  if (isExplicit && type !== "uuid" && (isStrings || isIntegers))
    return anyKey(field, (key) => ({ key, match: { except: values } }));
  if (isExplicit || type === undefined || type === "uuid" || type === "text") {
    throw unimplementedOn(
      field,
      "notIn",
      "Qdrant's `except` takes strings alone or integers alone, and neither UUIDs by what they denote nor what lies in arrays of arrays",
    );
  }
  if (type === "keyword") return anyKey(field, (key) => ({ key, match: { except: values } }));
  if (type === "bool") {
    const others = [true, false].filter((value) => !values.includes(value));
    return any(others.map((value) => anyKey(field, (key) => ({ key, match: { value } }))));
  }
  return withinAny(values as number[], field, type === "datetime" ? "datetime" : "number");
}

/** Undeclared strings are instants for Qdrant that are none for Franca: "2024-05-01". */
function expectStrictDatetimes(field: Field): void {
  if (field.type === "datetime" || field.isExplicit) return;
  throw unimplementedOn(
    field,
    "a range of datetimes",
    "Qdrant also takes dates without a time or an offset for instants; declare the field as datetime",
  );
}

export function unimplementedOn({ path }: Field, what: string, why: string): FrancaError {
  return unimplemented(`${what} on ${JSON.stringify(path)}`, why, { field: path });
}
