/** How Qdrant's conditions are combined. Each of these is a condition again. */

export type Condition = { readonly [clause: string]: unknown };

export const everything: Condition = { must: [] };
/** No point has one of no ids. */
export const nothing: Condition = { must: [{ has_id: [] }] };

export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 1 ? conditions[0]! : { must: conditions };
}

/** A `should` without conditions says nothing, and none of none holds. */
export function any(conditions: readonly Condition[]): Condition {
  if (conditions.length === 0) return nothing;
  return conditions.length === 1 ? conditions[0]! : { should: conditions };
}

export function not(condition: Condition): Condition {
  return { must_not: [condition] };
}

export function atLeast(count: number, conditions: readonly Condition[]): Condition {
  if (count === 0) return everything;
  if (count > conditions.length) return nothing;
  return { min_should: { conditions, min_count: count } };
}

/** As the `filter` of a request, which has clauses and is no condition. */
export function asFilter(condition: Condition): Condition {
  const isFilter = ["must", "should", "must_not", "min_should"].some((clause) => clause in condition);
  return isFilter ? condition : { must: [condition] };
}
