/**
 * Updates. Qdrant sets top-level keys and vectors in one step; what it does otherwise than promised here (it takes a null for a
 * deletion, replaces what this store keeps, walks no arrays) is done by reading the payloads and writing them whole. What others
 * write to the same points in between is then lost.
 */
import { changedPayload } from "../../model/changed-payload.ts";
import type { WriteResult } from "../../model/result.ts";
import { type CheckedChange, checkChange } from "./checked-change.ts";
import type { Open } from "./collection.ts";
import type { WireId } from "./ids.ts";
import { type Layout, wireName } from "./layout.ts";
import type { WireRecord } from "./read-points.ts";
import { type Reserved, reservedIn, reservedName, withoutReserved } from "./reserved.ts";
import { wireSelector } from "./selector.ts";
import type { Written } from "./upsert.ts";
import { vectorStruct } from "./written-points.ts";

type Step = { readonly [operation: string]: unknown };

/** Points in one round of reading and writing. */
const pointsPerRound = 500;

export async function updatePoints(
  open: Open,
  selector: unknown,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<WriteResult> {
  const { wire, layout } = open;
  const { filter } = wireSelector(selector, layout);
  const change = checkChange(given, layout);
  const asked = { signal, ongoing: { isOngoing: true } } as const;
  // All of them first: what a round changes may well no longer match.
  const records: WireRecord[] = [];
  let offset: WireId | undefined;
  do {
    const page = await wire.call<{ points: WireRecord[]; next_page_offset?: WireId | null }>(
      "scrollPoints",
      {
        collection_name: layout.name,
        filter,
        limit: pointsPerRound,
        with_payload: isByPayloads(change) ? true : [reservedName],
        with_vector: false,
        ...(offset !== undefined && { offset }),
      },
      asked,
    );
    records.push(...page.points);
    offset = page.next_page_offset ?? undefined;
  } while (offset !== undefined);
  let lsn = wire.lastLsn(layout.name);
  for (let at = 0; at < records.length; at += pointsPerRound) {
    const operations = stepsFor(records.slice(at, at + pointsPerRound), change, layout);
    if (operations.length === 0) continue;
    const results = await wire.call<Written[]>(
      "batchUpdate",
      { collection_name: layout.name, wait: true, operations },
      asked,
    );
    for (const { operation_id } of results) lsn = wire.seenLsn(layout.name, operation_id);
  }
  wire.walksOf(layout.name).wrote([]);
  return { lsn, count: records.length };
}

function isByPayloads({ overwritePayload, deletePayload, setPayload = {} }: CheckedChange): boolean {
  return (
    overwritePayload !== undefined ||
    deletePayload.length > 0 ||
    Object.values(setPayload).some((value) => value === null)
  );
}

function stepsFor(records: readonly WireRecord[], change: CheckedChange, layout: Layout): Step[] {
  const points = records.map(({ id }) => id);
  // As a filter: of points that are named, one that is gone meanwhile would fail the request.
  const all = { filter: having(points) };
  const { deleteVectors, setVectors } = change;
  const steps: Step[] = [];
  if (isByPayloads(change)) {
    for (const { id, payload } of records) {
      const after = changedPayload(structuredClone(withoutReserved(payload)), change);
      const reserved = reservedAfter(reservedIn(payload), change);
      const whole = Object.keys(reserved).length === 0 ? after : { ...after, [reservedName]: reserved };
      steps.push({ overwrite_payload: { payload: whole, filter: having([id]) } });
    }
  } else {
    if (Object.keys(change.setPayload ?? {}).length > 0)
      steps.push({ set_payload: { payload: change.setPayload, ...all } });
    steps.push(...reservedSteps(records, change));
  }
  if (deleteVectors.length > 0)
    steps.push({ delete_vectors: { ...all, vector: deleteVectors.map((name) => wireName(name, layout)) } });
  if (Object.keys(setVectors.vector).length > 0) {
    const vector = vectorStruct(setVectors.vector);
    steps.push({ update_vectors: { points: points.map((id) => ({ id, vector })) } });
  }
  return steps;
}

function having(points: readonly WireId[]): object {
  return { must: [{ has_id: points }] };
}

/** Where vectors change, what was kept of those before goes. */
function reservedSteps(records: readonly WireRecord[], change: CheckedChange): Step[] {
  return records.flatMap(({ id, payload }): Step[] => {
    const before = reservedIn(payload);
    const after = reservedAfter(before, change);
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    return Object.keys(after).length === 0
      ? [{ delete_payload: { keys: [reservedName], filter: having([id]) } }]
      : [{ set_payload: { payload: { [reservedName]: after }, filter: having([id]) } }];
  });
}

function reservedAfter({ vectors = {}, ...id }: Reserved, change: CheckedChange): Reserved {
  const kept = Object.entries(vectors).filter(([field]) => !change.changedFields.includes(field));
  const all = { ...Object.fromEntries(kept), ...change.setVectors.kept };
  return { ...id, ...(Object.keys(all).length > 0 && { vectors: all }) };
}
