/** Exact counts. */
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { Open } from "./collection.ts";
import { asFilter, type Condition } from "./filter/clauses.ts";
import { wireFilter } from "./filter/filter.ts";
import type { Ongoing } from "./wire.ts";

export function countMatching(
  open: Open,
  filter: CheckedFilter | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  const asked = filter === undefined ? undefined : wireFilter(filter, open.layout);
  return countWhere(open, asked, { signal });
}

export async function countWhere(
  { wire, layout }: Open,
  filter: Condition | undefined,
  asked: { signal: AbortSignal | undefined; ongoing?: Ongoing },
): Promise<number> {
  const payload = { collection_name: layout.name, exact: true, ...(filter && { filter: asFilter(filter) }) };
  return (await wire.call<{ count: number }>("countPoints", payload, asked)).count;
}
