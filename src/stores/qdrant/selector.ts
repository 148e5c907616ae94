/** Which points a write is about, as Qdrant is told. */
import { badInput, list, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { normalizeId } from "../../model/id.ts";
import { checkFilter } from "../../model/validate-filter.ts";
import type { Condition } from "./filter/clauses.ts";
import { wireFilter } from "./filter/filter.ts";
import { type WireId, wireId } from "./ids.ts";
import type { Layout } from "./layout.ts";

export interface WireSelector {
  /** That finds them. */
  filter: Condition;
  /** For a write. */
  selected: { points: WireId[] } | { filter: Condition };
}

/** @throws FrancaError invalid_argument, unimplemented */
export function wireSelector(selector: unknown, layout: Layout): WireSelector {
  const { ids, filter, ...rest } = plainObject(selector, "selector", "{ids} or {filter}");
  rejectKeys(rest, "selector", "`ids` or `filter`");
  if ((ids === undefined) === (filter === undefined))
    throw badInput("selector", "either `ids` or `filter`", Object.keys(selector as object));
  if (ids === undefined) {
    const found = wireFilter(checkFilter(filter, layout.fields), layout);
    return { filter: found, selected: { filter: found } };
  }
  const points = [...new Set(list(ids, "ids", "point ids").map((id) => wireId(normalizeId(id))))];
  return { filter: { must: [{ has_id: points }] }, selected: { points } };
}
