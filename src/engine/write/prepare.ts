/**
 * The three writes of a collection as work for the writer: checked and encoded now where that needs nothing that is
 * there, else when their turn comes.
 */

import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import { encodeDelete, encodePayloads, encodePut } from "../log/encode-record.ts";
import type { CollectionState } from "../state.ts";
import type { Slot } from "../view.ts";
import { type CheckedChange, changedPayload, recheckedChange, validateChange } from "./change.ts";
import { expectPayloads, type Shape, sideBySide, validateIds, validatePoints } from "./validate-points.ts";
import type { PreparedWrite, Write } from "./writer.ts";

/** An id and its place in a list, about. */
const bytesPerId = 64;

/** The slots that a filter selects; checks the filter. */
export type SelectSlots = (filter: unknown) => Promise<Slot[]>;

/** @throws FrancaError invalid_argument */
export function upsertWrite(points: unknown, current: () => Shape, signal: AbortSignal | undefined): Write {
  const shape = current();
  const checked = validatePoints(points, shape);
  const record = encodePut(checked, shape.crc32c);
  const count = checked.ids.length;
  return {
    touches: checked.ids,
    reads: false,
    heldBytes: record.mutation.vectors.reduce((sum, { rows }) => sum + rows.byteLength, record.bytes.length),
    prepare: () => {
      if (current() !== shape) expectPayloads(checked, current());
      return count === 0 ? undefined : { ...record, count };
    },
    ...(signal && { signal }),
  };
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
      return checked.setVectors === undefined
        ? replacePayloads(state, slots, checked, shape, signal)
        : replacePoints(state, slots, checked, checked.setVectors, shape, signal);
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
  const before = await state.payloads(slots, signal);
  const payloads = before.map((payload) => changedPayload(structuredClone(payload), change));
  const ids = slots.map((slot) => state.idOf(slot));
  const record = encodePayloads({ slots, ids, payloads }, shape.fields.length, shape.crc32c);
  return { ...record, count: slots.length, before };
}

/** A slot's vectors never change: the points move to new slots, with the vectors that stay. */
async function replacePoints(
  state: CollectionState,
  slots: readonly Slot[],
  change: CheckedChange,
  setVectors: readonly (Float32Array | undefined)[],
  shape: Shape,
  signal: AbortSignal | undefined,
): Promise<PreparedWrite> {
  const payloads: Payload[] = (await state.payloads(slots, signal)).map((payload) =>
    changedPayload(payload, change),
  );
  const byField = await Promise.all(
    shape.fields.map(({ name }, ordinal) => {
      const vector = setVectors[ordinal];
      return vector === undefined ? state.vectors(name, slots, signal) : slots.map(() => vector);
    }),
  );
  const byPoint = slots.map((_, i) => byField.map((vectors) => vectors[i]));
  const ids = slots.map((slot) => state.idOf(slot));
  const vectors = sideBySide(
    byPoint,
    ids.map(() => "change.setVectors"),
    shape,
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
