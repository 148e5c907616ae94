/** Points that a write selects, and what is said when some of those asked for by id are not there. */
import type { FrancaError } from "../../../errors.ts";
import type { PointId } from "../../../model/id.ts";
import type { WriteResult } from "../../../model/result.ts";
import type { Collection } from "../../../store.ts";
import { notFound } from "../errors.ts";
import type { Selector } from "../requests/selector.ts";

const pageSize = 1_000;

/** Ids of the points that match now. */
export async function selectedIds(
  collection: Collection,
  selector: Selector,
  signal: AbortSignal,
): Promise<PointId[]> {
  if ("ids" in selector) return [...new Set(selector.ids)];
  const ids: PointId[] = [];
  let after: PointId | undefined;
  do {
    const page = await collection.scroll({
      filter: selector.filter,
      limit: pageSize,
      ...(after !== undefined && { after }),
      select: { payload: false },
      signal,
    });
    ids.push(...page.points.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

/** Those that are there are written all the same. @throws FrancaError not_found for the first that is not there */
export async function expectAllThere(
  collection: Collection,
  selector: Selector,
  { count }: Pick<WriteResult, "count">,
  signal: AbortSignal,
): Promise<void> {
  if (!("ids" in selector)) return;
  const ids = [...new Set(selector.ids)];
  if (count >= ids.length) return;
  const found = await collection.get(ids, { payload: false }, { signal });
  const missing = found.indexOf(undefined);
  if (missing >= 0) throw pointNotFound(ids[missing]!);
}

export function pointNotFound(id: PointId): FrancaError {
  return notFound(`No point with id ${id} found`);
}
