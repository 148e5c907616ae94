/** Bounds of numbers and of instants. */
import type { Bounds } from "../../../model/checked-filter.ts";
import { formatDatetime } from "../../../model/datetime.ts";
import { any, type Condition } from "./clauses.ts";
import { anyKey, type Field } from "./condition.ts";
import { hasValue } from "./presence.ts";

type Kind = "number" | "datetime";

/** JSON knows no infinities: the largest number stands for them, and what lies beyond them is nothing. */
export function rangeOf(
  { low, lowInclusive, high, highInclusive }: Bounds,
  of: Kind,
): { [bound: string]: number | string } {
  const most = Number.MAX_VALUE;
  if (of === "number") {
    if (low === Number.POSITIVE_INFINITY || high === Number.NEGATIVE_INFINITY) return { gt: most };
    return {
      ...(low === Number.NEGATIVE_INFINITY ? { gte: -most } : { [lowInclusive ? "gte" : "gt"]: low }),
      ...(high !== Number.POSITIVE_INFINITY && { [highInclusive ? "lte" : "lt"]: high }),
    };
  }
  return {
    ...(Number.isFinite(low) && { [lowInclusive ? "gte" : "gt"]: formatDatetime(low) }),
    ...(Number.isFinite(high) && { [highInclusive ? "lte" : "lt"]: formatDatetime(high) }),
  };
}

/** Between the values, below the least and above the greatest: all but them. */
export function withinAny(values: readonly number[], field: Field, of: Kind): Condition {
  const inside = [...new Set(values)].filter(Number.isFinite).sort((a, b) => a - b);
  const edges = [Number.NEGATIVE_INFINITY, ...inside, Number.POSITIVE_INFINITY];
  const gaps = edges.slice(1).map(
    (high, i): Bounds => ({
      low: edges[i]!,
      lowInclusive: i === 0,
      high,
      highInclusive: i === edges.length - 2,
    }),
  );
  if (inside.length === 0) return hasValue(field);
  return any(gaps.map((gap) => anyKey(field, (key) => ({ key, range: rangeOf(gap, of) }))));
}
