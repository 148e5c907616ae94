/**
 * Whether there is anything at a path. Qdrant looks at what lies there as a whole, as explicit paths do; implicit ones look at
 * values, of which an array has as many as it has elements. Qdrant's `except` holds for any value that is not null and not the one
 * named, whatever its type.
 */
import type { Bounds, FieldTest } from "../../../model/checked-filter.ts";
import { all, any, type Condition, not } from "./clauses.ts";
import { anyKey, type Field, unimplementedOn } from "./condition.ts";

export type Presence = Extract<FieldTest, { operator: "exists" | "isNull" | "isEmpty" | "valuesCount" }>;

export function presence(test: Presence, field: Field): Condition {
  if (field.isExplicit) return explicit(test, field.keys[0]!);
  if (test.operator === "valuesCount") return counted(test.bounds, field);
  if (field.type === undefined) {
    throw unimplementedOn(
      field,
      test.operator,
      "it does not look into arrays of arrays, which an undeclared field may hold; declare the field",
    );
  }
  const is = (condition: Condition) => (test.expected ? condition : not(condition));
  switch (test.operator) {
    case "exists":
      return is(any([hasValue(field), hasNull(field)]));
    case "isNull":
      return is(hasNull(field));
    case "isEmpty":
      return is(not(hasValue(field)));
  }
}

function explicit(test: Presence, key: string): Condition {
  switch (test.operator) {
    case "valuesCount":
      return { key, values_count: countsOf(test.bounds) };
    case "isNull":
      return test.expected ? { is_null: { key } } : not({ is_null: { key } });
    case "isEmpty":
      return test.expected ? { is_empty: { key } } : not({ is_empty: { key } });
    case "exists": {
      const isThere = any([not({ is_empty: { key } }), { is_null: { key } }]);
      return test.expected ? isThere : not(isThere);
    }
  }
}

/** One that is not null: by what holds for every value of the type, so that its index decides where it can. */
export function hasValue(field: Field): Condition {
  // A place has a latitude, alone or in an array.
  if (field.type === "geo")
    return anyKey(field, (key) =>
      any([`${key}.lat`, `${key}[].lat`].map((lat) => ({ key: lat, range: { gte: -90 } }))),
    );
  return anyKey(field, (key) => any(valueTests(field.type).map((test) => ({ key, ...test }))));
}

function valueTests(type: Field["type"]): Condition[] {
  switch (type) {
    case "keyword":
      return [{ match: { except: ["\u0001"] } }, { match: { value: "\u0001" } }];
    case "uuid":
    case "text":
      // No string is an integer.
      return [{ match: { except: [0] } }];
    case "bool":
      return [{ match: { value: true } }, { match: { value: false } }];
    case "integer":
    case "float":
      return [{ range: { gte: -Number.MAX_VALUE } }];
    case "datetime":
      return [{ range: { lt: "1970-01-01T00:00:00Z" } }, { range: { gte: "1970-01-01T00:00:00Z" } }];
    default:
      return [{ match: { except: ["\u0001"] } }, { match: { except: [0] } }];
  }
}

function hasNull(field: Field): Condition {
  return anyKey(field, (key) => any([{ is_null: { key } }, { is_null: { key: `${key}[]` } }]));
}

/** Qdrant counts the nulls of an array, so that only none and any can be told apart. */
function counted({ low, lowInclusive, high, highInclusive }: Bounds, field: Field): Condition {
  const least = lowInclusive ? Math.max(0, low) : low + 1;
  const most = highInclusive ? high : high - 1;
  const parts: Condition[] = [];
  if (least > most) return any([]);
  if (field.type !== undefined && least <= 1 && (most === Number.POSITIVE_INFINITY || most === 0)) {
    if (least === 1) parts.push(hasValue(field));
    if (most === 0) parts.push(not(hasValue(field)));
    return all(parts);
  }
  throw unimplementedOn(
    field,
    "valuesCount",
    "it counts the nulls of an array, which are no values; {gte: 1} and {lte: 0} of declared fields can be asked",
  );
}

function countsOf({ low, lowInclusive, high, highInclusive }: Bounds): { [bound: string]: number } {
  return {
    ...(low === Number.NEGATIVE_INFINITY ? { gte: 0 } : { [lowInclusive ? "gte" : "gt"]: low }),
    ...(high !== Number.POSITIVE_INFINITY && { [highInclusive ? "lte" : "lt"]: high }),
  };
}
