/** Writes of payloads: set, overwrite, delete keys of, clear. */
import type { Payload } from "../../../model/payload.ts";
import type { WriteResult } from "../../../model/result.ts";
import type { CollectionSchema } from "../../../model/schema.ts";
import type { PointChange } from "../../../store.ts";
import type { Opened } from "../collections/opened.ts";
import { parseJsonPath } from "../requests/json-path.ts";
import { type Selector, selecting, selectorOf } from "../requests/selector.ts";
import { json, list, object, optional, string } from "../requests/shape.ts";
import { expectUpdatable } from "../strict/updates.ts";
import type { WriteOperation } from "./operation.ts";
import { merged, mergedAt, removedAt } from "./payload-paths.ts";
import { expectAllThere, selectedIds } from "./selected-points.ts";
import { alone, together } from "./turns.ts";

const setRequest = object({ ...selecting, payload: json, key: optional(string) });

export const setPayload: WriteOperation = async (to, given, path, options) => {
  const { payload, key, ...selection } = setRequest(given, path);
  const selector = selectorOf(selection);
  expectUpdatable(to, given);
  const steps = key === undefined ? undefined : parseJsonPath(key);
  if (steps !== undefined)
    return rewritten(to, selector, (before) => mergedAt(before, steps, payload), options);
  if (Object.values(payload).includes(null))
    return rewritten(to, selector, (before) => merged(before, payload), options);
  return changed(to, selector, { setPayload: payload }, options);
};

/** `key` is read and means nothing, as there. */
export const overwritePayload: WriteOperation = async (to, given, path, options) => {
  const { payload, key: _, ...selection } = setRequest(given, path);
  expectUpdatable(to, given);
  return changed(to, selectorOf(selection), { overwritePayload: payload }, options);
};

const deleteRequest = object({ ...selecting, keys: list(string) });

export const deletePayload: WriteOperation = async (to, given, path, options) => {
  const { keys, ...selection } = deleteRequest(given, path);
  const selector = selectorOf(selection);
  expectUpdatable(to, given);
  const paths = keys.map(parseJsonPath);
  // Which every way of reading paths reads alike.
  if (keys.every((key) => /^[\w-]+$/.test(key)))
    return changed(to, selector, { deletePayload: keys }, options);
  return rewritten(to, selector, (before) => paths.reduce(removedAt, before), options);
};

const clearRequest = object(selecting);

export const clearPayload: WriteOperation = async (to, given, path, options) => {
  const selection = clearRequest(given, path);
  expectUpdatable(to, given);
  return changed(to, selectorOf(selection), { overwritePayload: {} }, options);
};

/** The same to every point. */
async function changed(
  { collection }: Opened,
  selector: Selector,
  change: PointChange<CollectionSchema>,
  { signal }: { signal: AbortSignal },
): Promise<WriteResult> {
  const result = await together(collection.name, () => collection.update(selector, change, { signal }));
  await expectAllThere(collection, selector, result, signal);
  return result;
}

/** To every point by what it has; each in one write, so many of them at once. */
async function rewritten(
  { collection }: Opened,
  selector: Selector,
  rewrite: (payload: Payload) => Payload,
  { signal }: { signal: AbortSignal },
): Promise<WriteResult> {
  const result = await alone(collection.name, async () => {
    const ids = await selectedIds(collection, selector, signal);
    let { lsn } = await collection.stats();
    let count = 0;
    for (let start = 0; start < ids.length; start += atOnce) {
      const points = await collection.get(ids.slice(start, start + atOnce), { payload: true }, { signal });
      const writes = points.flatMap((point) => {
        if (point === undefined) return [];
        const change = { overwritePayload: rewrite(point.payload ?? {}) };
        return [collection.update({ ids: [point.id] }, change, { signal })];
      });
      for (const written of await Promise.all(writes)) {
        lsn = Math.max(lsn, written.lsn);
        count += written.count;
      }
    }
    return { lsn, count };
  });
  await expectAllThere(collection, selector, result, signal);
  return result;
}

const atOnce = 256;
