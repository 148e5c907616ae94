/**
 * Points page by page in the order of ids. Payloads are read for a filter only as far as the page needs them.
 */
import type { PointId } from "../../model/id.ts";
import type { ScrollPage } from "../../model/result.ts";
import { checkScroll } from "../../model/validate-query.ts";
import { type Bitset, hasBit } from "../bitset.ts";
import type { CollectionView, Slot } from "../view.ts";
import { boundsOf } from "./bounds.ts";
import { fetchPoints } from "./fetch.ts";
import { leavingOutDamaged } from "./leaving-out-damaged.ts";
import { createPauser } from "./pause.ts";
import { compilePredicate, type Predicate } from "./predicate.ts";
import { filterWarnings } from "./select-slots.ts";

/** Payloads in doubt read at once. */
const batchSize = 256;

/** @throws FrancaError invalid_argument */
export async function runScroll(view: CollectionView, request: unknown = {}): Promise<ScrollPage> {
  const checked = checkScroll(request, view);
  return leavingOutDamaged(view, () => scrollOnce(view, checked));
}

async function scrollOnce(
  view: CollectionView,
  { filter, limit, after, select }: ReturnType<typeof checkScroll>,
): Promise<ScrollPage> {
  const live = view.liveSnapshot(select.vectors);
  const bounds =
    filter === undefined ? { sure: live, possible: live } : boundsOf(filter, view, live.length * 32);
  const search: Search = {
    live,
    ...bounds,
    holds: filter === undefined ? () => true : compilePredicate(filter),
    wanted: limit + 1,
  };
  const { slots, payloadsRead } = await findInOrder(view, search, after);
  // One more than the limit was looked for, to know whether a page follows.
  const hasNext = slots.length > limit;
  slots.length = Math.min(slots.length, limit);
  const next = hasNext ? view.idOf(slots.at(-1)!) : undefined;
  const alive = slots.filter((slot) => view.isLive(slot));
  const page: ScrollPage = {
    points: await fetchPoints(view, alive, select),
    warnings: [...view.warnings, ...(filter === undefined ? [] : filterWarnings(filter, payloadsRead))],
  };
  if (next !== undefined) page.next = next;
  return page;
}

interface Search {
  live: Bitset;
  sure: Bitset;
  possible: Bitset;
  holds: Predicate;
  wanted: number;
}

async function findInOrder(
  view: CollectionView,
  search: Search,
  after: PointId | undefined,
): Promise<{ slots: Slot[]; payloadsRead: number }> {
  const found: Slot[] = [];
  const pause = createPauser();
  let from = after;
  let payloadsRead = 0;
  for (;;) {
    const batch = nextBatch(view, search, from, search.wanted - found.length);
    const doubtful = batch.slots.filter((slot) => !hasBit(search.sure, slot));
    const payloads = doubtful.length === 0 ? [] : await view.payloads(doubtful);
    payloadsRead += doubtful.length;
    const refused = new Set(doubtful.filter((slot, i) => !search.holds(payloads[i]!, view.idOf(slot))));
    for (const slot of batch.slots) {
      if (found.length < search.wanted && !refused.has(slot)) found.push(slot);
    }
    if (batch.last === undefined || found.length >= search.wanted) return { slots: found, payloadsRead };
    from = batch.last;
    // Writes may come in between: the order is entered anew at the next id.
    await pause();
  }
}

/** Possible matches after an id, until there are enough sure ones or a batch of doubtful ones; `last` when more may follow. */
function nextBatch(
  view: CollectionView,
  { live, sure, possible }: Search,
  after: PointId | undefined,
  wanted: number,
): { slots: Slot[]; last?: PointId } {
  const slots: Slot[] = [];
  let doubtful = 0;
  let certain = 0;
  for (const { id, slot } of view.idsInOrder(after)) {
    if (!hasBit(live, slot) || !hasBit(possible, slot)) continue;
    slots.push(slot);
    if (hasBit(sure, slot)) certain += 1;
    else doubtful += 1;
    if (certain >= wanted || doubtful >= batchSize) return { slots, last: id };
  }
  return { slots };
}
