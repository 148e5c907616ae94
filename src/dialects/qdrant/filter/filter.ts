/** Qdrant's filters, as the model's. A first part: match on a value, has_id, and how they are combined. */
import type { Filter } from "../../../model/filter.ts";
import { formatError } from "../errors.ts";
import { pointId } from "../requests/point-id.ts";
import { isList, objectAt } from "../requests/shape.ts";

/** @throws FrancaError invalid_argument */
export function readFilter(given: unknown, path: string): Filter {
  const { must, should, must_not } = objectAt(given, path);
  const parts: Filter[] = [];
  if (must) parts.push({ and: conditions(must, path) });
  if (should && conditions(should, path).length > 0) parts.push({ or: conditions(should, path) });
  if (must_not) parts.push({ not: { or: conditions(must_not, path) } });
  return { and: parts };
}

function conditions(given: unknown, path: string): Filter[] {
  return (isList(given) ? Array.from(given) : [given]).map((one) => condition(one, path));
}

function condition(given: unknown, path: string): Filter {
  const { key, match, has_id, ...others } = objectAt(given, path);
  if (Array.isArray(has_id)) return { ids: has_id.map((id) => pointId(id, path)) };
  if (typeof key === "string" && match) {
    const { value } = objectAt(match, path);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return { field: key, eq: value };
  }
  if (["must", "should", "must_not"].some((name) => name in others)) return readFilter(given, path);
  throw formatError("data did not match any variant of untagged enum Condition");
}
