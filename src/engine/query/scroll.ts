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
import { createPauser, type Pauser } from "./pause.ts";
import { compilePredicate, type Predicate } from "./predicate.ts";
import { filterWarnings } from "./select-slots.ts";

/** Payloads in doubt read at once. */
const batchSize = 256;
/** Ids looked at between two looks at the clock, whether they match or not. */
const mostLooked = 16_384;

/** @throws FrancaError invalid_argument, cancelled, deadline_exceeded */
export async function runScroll(view: CollectionView, request: unknown = {}): Promise<ScrollPage> {
  const checked = checkScroll(request, view);
  return leavingOutDamaged(view, () => scrollOnce(view, checked));
}

async function scrollOnce(
  view: CollectionView,
  { filter, limit, after, select, signal }: ReturnType<typeof checkScroll>,
): Promise<ScrollPage> {
  const live = view.liveSnapshot(select.vectors);
  const bounds =
    filter === undefined ? { sure: live, possible: live } : boundsOf(filter, view, live.length * 32);
  const search: Search = {
    live,
    ...bounds,
    holds: filter === undefined ? () => true : compilePredicate(filter, view),
    wanted: limit + 1,
  };
  const pause = createPauser("the scroll", signal);
  const { slots, payloadsRead } = await findInOrder(view, search, after, pause, signal);
  // One more than the limit was looked for, to know whether a page follows.
  const hasNext = slots.length > limit;
  slots.length = Math.min(slots.length, limit);
  const next = hasNext ? view.idOf(slots.at(-1)!) : undefined;
  const alive = slots.filter((slot) => view.isLive(slot));
  const page: ScrollPage = {
    points: await fetchPoints(view, alive, select, signal),
    warnings: [...view.warnings, ...(filter === undefined ? [] : filterWarnings(filter, payloadsRead, view))],
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
  pause: Pauser,
  signal: AbortSignal | undefined,
): Promise<{ slots: Slot[]; payloadsRead: number }> {
  const found: Slot[] = [];
  // What is written in between is not in the snapshot; the order that is being walked stays as it is.
  const ids = view.idsInOrder(after)[Symbol.iterator]();
  let payloadsRead = 0;
  for (;;) {
    await pause();
    const { slots, isLast } = nextBatch(ids, search, search.wanted - found.length);
    const doubtful = slots.filter((slot) => !hasBit(search.sure, slot));
    const payloads = doubtful.length === 0 ? [] : await view.payloads(doubtful, signal);
    payloadsRead += doubtful.length;
    const refused = new Set(doubtful.filter((slot, i) => !search.holds(payloads[i]!, view.idOf(slot))));
    for (const slot of slots) {
      if (found.length < search.wanted && !refused.has(slot)) found.push(slot);
    }
    if (isLast || found.length >= search.wanted) return { slots: found, payloadsRead };
  }
}

/** The next possible matches, until there are enough sure ones, or a batch of doubtful ones, or many were passed. */
function nextBatch(
  ids: Iterator<{ slot: Slot }>,
  { live, sure, possible }: Search,
  wanted: number,
): { slots: Slot[]; isLast: boolean } {
  const slots: Slot[] = [];
  let doubtful = 0;
  let certain = 0;
  for (let looked = 0; looked < mostLooked; looked++) {
    const next = ids.next();
    if (next.done === true) return { slots, isLast: true };
    const { slot } = next.value;
    if (!hasBit(live, slot) || !hasBit(possible, slot)) continue;
    slots.push(slot);
    if (hasBit(sure, slot)) certain += 1;
    else doubtful += 1;
    if (certain >= wanted || doubtful >= batchSize) break;
  }
  return { slots, isLast: false };
}
