/**
 * The three writes of a collection as work for the writer: checked and encoded now where that needs nothing that is
 * there, else when their turn comes.
 */

import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import { encodeDelete, encodePayloads, encodePut, encodingPut } from "../log/encode-record.ts";
import type { CollectionState } from "../state.ts";
import { finishInSlices, finishNow, type Steps } from "../steps.ts";
import type { Slot } from "../view.ts";
import { type CheckedChange, changedEntry, recheckedChange, validateChange } from "./change.ts";
import {
  type CheckedPoints,
  expectPayloads,
  type Shape,
  sideBySide,
  validateIds,
  validatePoints,
} from "./validate-points.ts";
import type { PreparedWrite, Write } from "./writer.ts";

/** An id and its place in a list, about. */
const bytesPerId = 64;

/** More are checked and encoded in slices, so that nothing else waits long. */
const mostPointsAtOnce = 64;
/** Of the log, about, where it is not known yet. */
const bytesPerEntry = 256;

/** The slots that a filter selects; checks the filter. */
export type SelectSlots = (filter: unknown) => Promise<Slot[]>;

/** @throws FrancaError invalid_argument */
export function upsertWrite(points: unknown, current: () => Shape, signal: AbortSignal | undefined): Write {
  const shape = current();
  const preparing = preparePut(points, shape);
  const finish = ({ checked, record }: PreparedPut): PreparedWrite | undefined => {
    if (current() !== shape) expectPayloads(checked, current());
    const count = checked.ids.length;
    return count === 0 ? undefined : { ...record, count };
  };
  if (Array.isArray(points) && points.length > mostPointsAtOnce) {
    // Its place in the order of calls is taken now, and its slices run beside the writes before it.
    const prepared = finishInSlices(preparing, "the upsert", signal);
    prepared.catch(() => {});
    let touches: PointId[] = [];
    return {
      // Asked for once it is prepared, since it reads nothing.
      get touches() {
        return touches;
      },
      reads: false,
      heldBytes: about(points, shape),
      prepare: async () => {
        const put = await prepared;
        touches = put.checked.ids;
        return finish(put);
      },
      ...(signal && { signal }),
    };
  }
  const put = finishNow(preparing);
  return {
    touches: put.checked.ids,
    reads: false,
    heldBytes: put.record.mutation.vectors.reduce(
      (sum, { rows }) => sum + rows.byteLength,
      put.record.bytes.length,
    ),
    prepare: () => finish(put),
    ...(signal && { signal }),
  };
}

/** Of points that are looked at later. */
function about(points: readonly unknown[], { fields, entryFields }: Shape): number {
  const dense = fields.reduce((sum, { dimension }) => sum + dimension * 4, bytesPerEntry);
  const { sparseFields, multiFields } = entryFields;
  let bytes = points.length * dense;
  const lengthOf = (list: unknown): number => Number((list as { length?: unknown } | undefined)?.length) || 0;
  for (const point of points as { sparse?: Loose; multi?: Loose }[]) {
    for (const name of Object.keys(sparseFields)) bytes += lengthOf(point?.sparse?.[name]?.indices) * 11;
    for (const [name, { dimension }] of Object.entries(multiFields))
      bytes += lengthOf(point?.multi?.[name]) * dimension * 6;
  }
  return bytes;
}

type Loose = { [field: string]: { indices?: unknown } | null | undefined } | null;

interface PreparedPut {
  checked: CheckedPoints;
  record: ReturnType<typeof encodePut>;
}

function* preparePut(points: unknown, shape: Shape): Steps<PreparedPut> {
  const checked = yield* validatePoints(points, shape);
  return { checked, record: yield* encodingPut(checked, shape.crc32c) };
}

/** @throws FrancaError invalid_argument */
export function deleteWrite(
  state: CollectionState,
  selector: unknown,
  select: SelectSlots,
  signal: AbortSignal | undefined,
): Write {
  const selected = selection(state, selector, select);
  return {
    touches: selected.touches,
    reads: true,
    heldBytes: selected.touches.length * bytesPerId,
    prepare: async () => {
      const slots = await selected.slots();
      return slots.length === 0 ? undefined : { ...encodeDelete(slots), count: slots.length };
    },
    ...(signal && { signal }),
  };
}

/** @throws FrancaError invalid_argument */
export function updateWrite(
  state: CollectionState,
  selector: unknown,
  change: unknown,
  current: () => Shape,
  select: SelectSlots,
  signal: AbortSignal | undefined,
): Write {
  const selected = selection(state, selector, select);
  const asGiven = validateChange(change, current());
  return {
    touches: selected.touches,
    reads: true,
    heldBytes: selected.touches.length * bytesPerId,
    prepare: async () => {
      const slots = await selected.slots();
      if (slots.length === 0) return undefined;
      const shape = current();
      const checked = recheckedChange(asGiven, shape);
      return checked.changesVectors
        ? replacePoints(state, slots, checked, shape, signal)
        : replacePayloads(state, slots, checked, shape, signal);
    },
    ...(signal && { signal }),
  };
}

/** Vectors stay: the points keep their slots. */
async function replacePayloads(
  state: CollectionState,
  slots: Slot[],
  change: CheckedChange,
  shape: Shape,
  signal: AbortSignal | undefined,
): Promise<PreparedWrite> {
  const before = await state.storedPayloads(slots, signal);
  const payloads = before.map((stored) => changedEntry(structuredClone(stored), change));
  const ids = slots.map((slot) => state.idOf(slot));
  const record = encodePayloads({ slots, ids, payloads }, shape.fields.length, shape.crc32c);
  return { ...record, count: slots.length, before };
}

/** A slot's vectors never change: the points move to new slots, with the vectors that stay. */
async function replacePoints(
  state: CollectionState,
  slots: readonly Slot[],
  change: CheckedChange,
  shape: Shape,
  signal: AbortSignal | undefined,
): Promise<PreparedWrite> {
  const payloads: Payload[] = (await state.storedPayloads(slots, signal)).map((stored) =>
    changedEntry(stored, change),
  );
  const byField = await Promise.all(
    shape.fields.map(({ name }, ordinal) => {
      const vector = change.vectors[ordinal];
      return vector === undefined ? state.vectors(name, slots, signal) : slots.map(() => vector ?? undefined);
    }),
  );
  const byPoint = slots.map((_, i) => byField.map((vectors) => vectors[i]));
  const ids = slots.map((slot) => state.idOf(slot));
  const vectors = finishNow(
    sideBySide(
      byPoint,
      ids.map(() => "change.setVectors"),
      shape,
    ),
  );
  return { ...encodePut({ ids, payloads, vectors }, shape.crc32c), count: slots.length };
}

function selection(
  state: CollectionState,
  selector: unknown,
  select: SelectSlots,
): { touches: PointId[] | "unknown"; slots: () => Promise<Slot[]> } {
  const { ids, filter, ...rest } = plainObject(selector, "selector", "{ids} or {filter}");
  rejectKeys(rest, "selector", "`ids` or `filter`");
  if ((ids === undefined) === (filter === undefined)) {
    throw badInput("selector", "either `ids` or `filter`");
  }
  if (ids === undefined) return { touches: "unknown", slots: () => select(filter) };
  const checked = validateIds(ids);
  return {
    touches: checked,
    slots: async () => checked.flatMap((id) => state.slotOf(id) ?? []),
  };
}
