/**
 * Whether there is anything at a path. Qdrant looks at what lies there as a whole, as explicit paths do; implicit ones look at
 * values, of which an array has as many as it has elements. A value that is not null is one that is not equal to something, or not
 * equal to something else: Qdrant's `except` says so of any type.
 */
import type { Bounds, FieldTest } from "../../../model/checked-filter.ts";
import { all, any, type Condition, not } from "./clauses.ts";
import { anyKey, type Field, unimplemented } from "./condition.ts";

export type Presence = Extract<FieldTest, { operator: "exists" | "isNull" | "isEmpty" | "valuesCount" }>;

export function presence(test: Presence, field: Field): Condition {
  if (field.isExplicit) return explicit(test, field.keys[0]!);
  if (test.operator === "valuesCount") return counted(test.bounds, field);
  if (field.type === undefined) {
    throw unimplemented(
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

/** One that is not null. */
export function hasValue(field: Field): Condition {
  return anyKey(field, (key) =>
    any([
      { key, match: { except: ["\u0001"] } },
      { key, match: { except: [0] } },
    ]),
  );
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
  throw unimplemented(
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
