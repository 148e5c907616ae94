/**
 * How many points match, and how many hold each value of a field. Both exact.
 */
import { cancelledError } from "../../errors.ts";
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { compareIds } from "../../model/id.ts";
import type { Warning } from "../../model/result.ts";
import { checkSignal } from "../../model/validate-signal.ts";
import type { FacetValue } from "../../store.ts";
import type { CollectionView } from "../view.ts";
import { firstOf } from "./first-of.ts";
import { leavingOutDamaged } from "./leaving-out-damaged.ts";
import { ofOneMoment } from "./of-one-moment.ts";
import { createPauser } from "./pause.ts";
import { selectSlots } from "./select-slots.ts";

/** @throws FrancaError invalid_argument, cancelled, deadline_exceeded */
export async function runCount(
  view: CollectionView,
  request: unknown = {},
): Promise<{ count: number; warnings: Warning[] }> {
  const { filter, signal: given, ...others } = plainObject(request, "count", "{filter, signal}");
  rejectKeys(others, "count", "filter and signal");
  const signal = checkSignal(given, "count.signal");
  if (signal?.aborted) throw cancelledError("the count", signal);
  if (filter === undefined) return { count: view.points, warnings: [...view.warnings] };
  const { count, warnings } = await leavingOutDamaged(view, () => selectSlots(view, filter, { signal }));
  return { count, warnings: [...view.warnings, ...warnings] };
}

/** @throws FrancaError invalid_argument, cancelled, deadline_exceeded */
export async function runFacet(
  view: CollectionView,
  request: unknown,
): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
  const {
    field: path,
    filter,
    limit = 10,
    signal: given,
    ...others
  } = plainObject(request, "facet", "{field, filter, limit, signal}");
  rejectKeys(others, "facet", "field, filter, limit and signal");
  const signal = checkSignal(given, "facet.signal");
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw badInput("facet.limit", "an integer of 1 or more", limit);
  }
  const declared = Object.keys(view.payloadFields);
  if (typeof path !== "string" || !declared.includes(path)) {
    throw badInput("facet.field", `a declared field: ${declared.join(", ")}`, path ?? String(path));
  }
  const field = view.indexes.field(path);
  if (field?.index.facet === undefined) {
    throw badInput(
      "facet.field",
      `a field whose values can be counted, not ${view.payloadFields[path]?.type}`,
      path,
    );
  }
  if (signal?.aborted) throw cancelledError("the facet", signal);
  const selected =
    filter === undefined
      ? undefined
      : await leavingOutDamaged(view, () => selectSlots(view, filter, { signal }));
  const pause = createPauser("the facet", signal);
  const { index } = field;
  const counting = () => index.facet!(selected?.bits ?? view.liveSnapshot());
  const all = await ofOneMoment(view.indexes, counting, pause);
  const mostFrequentFirst = (a: FacetValue, b: FacetValue): number =>
    b.count - a.count || compareValues(a.value, b.value);
  const values = await firstOf(all, limit, mostFrequentFirst, pause);
  return { values, warnings: [...view.warnings, ...(selected?.warnings ?? [])] };
}

/** Values of one field are of one type: strings by code point, numbers by value, false before true. */
function compareValues(a: FacetValue["value"], b: FacetValue["value"]): number {
  if (typeof a === "boolean" || typeof b === "boolean") return Number(a) - Number(b);
  return compareIds(a, b);
}
