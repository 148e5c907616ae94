/** Bounds of numbers, datetimes and counts. */
import { parseLooseDatetime } from "../../../model/datetime.ts";
import type { Filter, ValuesCount } from "../../../model/filter.ts";
import { formatError } from "../errors.ts";
import { objectAt, unsigned, within } from "../requests/shape.ts";

const names = ["gt", "gte", "lt", "lte"] as const;
type Bounds<V> = { gt?: V; gte?: V; lt?: V; lte?: V };

/** Bounds are all numbers or all datetimes; without any, every number is within them. */
export function readRange(field: string, given: unknown, path: string): Filter {
  const bounds = boundsOf(given, path);
  const values = Object.values(bounds);
  if (values.length === 0) return { field, range: { gte: Number.NEGATIVE_INFINITY } };
  if (values.every((value) => typeof value === "number" || typeof value === "bigint"))
    return { field, range: mapped(bounds, Number) };
  if (values.every((value) => typeof value === "string" && parseLooseDatetime(value) !== undefined))
    return { field, range: mapped(bounds, String) };
  throw formatError(`${path}: data did not match any variant of untagged enum RangeInterface`);
}

export function readValuesCount(given: unknown, path: string): ValuesCount {
  const counts = boundsOf(given, path);
  for (const [name, value] of Object.entries(counts)) unsigned()(value, within(path, name));
  // Without bounds any number will do.
  return Object.keys(counts).length === 0 ? { gte: 0 } : mapped(counts, Number);
}

function boundsOf(given: unknown, path: string): Bounds<unknown> {
  const bounds = objectAt(given, path);
  return Object.fromEntries(
    names.flatMap((name) => {
      const bound = bounds[name];
      return bound === undefined || bound === null ? [] : [[name, bound]];
    }),
  );
}

function mapped<V>(bounds: Bounds<unknown>, to: (bound: unknown) => V): Bounds<V> {
  return Object.fromEntries(Object.entries(bounds).map(([name, bound]) => [name, to(bound)]));
}
