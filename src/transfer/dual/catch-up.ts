/** Copies what the secondary lacks, while writes go on: every batch in the turn of its points, as the primary has them then. */
import { cancelledError, FrancaError } from "../../errors.ts";
import { idKey, type PointId } from "../../model/id.ts";
import type { Collection } from "../../store.ts";
import { pagesOf } from "../copy/pages.ts";
import { type RepeatOptions, repeated } from "../copy/repeated.ts";
import type { TwoStores } from "./dual-store.ts";
import type { Mirror } from "./mirror.ts";
import { resync } from "./resync.ts";

export interface MirrorCatchUpOptions extends RepeatOptions {
  /** Points that are held up at once while they are copied. Default 200. */
  batchSize?: number;
  onProgress?: (progress: { collection: string; points: number }) => void;
}

export interface MirrorCaughtUp {
  /** Points written to and deleted from the secondary. */
  written: number;
  deleted: number;
}

/** Failures on the way add to what is owed; so often it is tried to pay it. */
const mostRounds = 5;
const batchesAtOnce = 4;

/** @throws FrancaError of both stores; unavailable when the secondary fails as fast as it is mended; cancelled */
export async function caughtUp(stores: TwoStores, options: MirrorCatchUpOptions): Promise<MirrorCaughtUp> {
  const done: MirrorCaughtUp = { written: 0, deleted: 0 };
  for (let round = 0; round < mostRounds; round++) {
    await stores.catalogTurns.take("all", () =>
      repeated(async () => {
        await stores.debts.pay(stores.primary, stores.secondary, (name) => {
          stores.roles.forget(name);
          const mirror = stores.mirrorOf(name);
          if (!mirror.isAll) mirror.diverge("all", new FrancaError("aborted", `${name} was made anew`));
        });
      }, options),
    );
    for (const name of await stores.primary.list())
      await mirrored(stores, stores.mirrorOf(name), options, done);
    const { catalog, collections } = stores.divergence();
    if (!catalog && Object.keys(collections).length === 0) return done;
  }
  throw new FrancaError(
    "unavailable",
    `the secondary still differs after ${mostRounds} rounds: it fails as fast as it is mended; see divergence()`,
    { details: { divergence: stores.divergence() } },
  );
}

async function mirrored(
  stores: TwoStores,
  mirror: Mirror,
  options: MirrorCatchUpOptions,
  done: MirrorCaughtUp,
): Promise<void> {
  if (mirror.isAll) return copiedWhole(stores, mirror, options, done);
  await inBatches(mirror, mirror.divergedIds(), options, (ids) => mended(stores, mirror, ids, options, done));
}

/** Some points, under their turn: from then on they do not differ any more. */
async function mended(
  stores: TwoStores,
  mirror: Mirror,
  ids: readonly PointId[],
  options: MirrorCatchUpOptions,
  done: MirrorCaughtUp,
): Promise<void> {
  await mirror.lateWritesEnded();
  const [primary, secondary] = await both(stores, mirror);
  const { written, deleted } = await repeated(
    () => mirror.inTime(() => resync(primary, secondary, ids)),
    options,
  );
  mirror.converged(ids);
  done.written += written;
  done.deleted += deleted;
}

async function copiedWhole(
  stores: TwoStores,
  mirror: Mirror,
  options: MirrorCatchUpOptions,
  done: MirrorCaughtUp,
): Promise<void> {
  await mirror.lateWritesEnded();
  // Every write before this moment is on the primary for the pass to find; every one after it goes to both.
  await mirror.turns.take("all", async () => {
    await mirror.lateWritesEnded();
    mirror.beginAnew();
  });
  try {
    const [primary, secondary] = await both(stores, mirror);
    let points = 0;
    for await (const ids of idPages(primary, options)) {
      await inBatches(mirror, ids, options, (batch) => mended(stores, mirror, batch, options, done));
      points += ids.length;
      options.onProgress?.({ collection: mirror.name, points });
    }
    // What was deleted on the primary before that moment, the pass over the primary does not see.
    for await (const ids of idPages(secondary, options)) {
      const there = await repeated(() => primary.get(ids, { payload: false }), options);
      const gone = ids.filter((_, i) => there[i] === undefined);
      await inBatches(mirror, gone, options, (batch) => mended(stores, mirror, batch, options, done));
    }
  } catch (error) {
    mirror.diverge("all", error);
    throw error;
  }
}

function both(stores: TwoStores, { name }: Mirror): Promise<[Collection, Collection]> {
  return Promise.all([stores.roles.ofPrimary(name), stores.roles.ofSecondary(name)]);
}

async function* idPages(collection: Collection, options: RepeatOptions): AsyncGenerator<PointId[]> {
  for await (const page of pagesOf(collection, { ...repeatOf(options), vectors: false, payload: false }))
    yield page.points.map(({ id }) => id);
}

/** A few batches at once, each under the turn of its ids. @throws the first error, when none is under way any more */
export async function inBatches(
  mirror: Mirror,
  ids: readonly PointId[],
  { batchSize = 200, signal }: MirrorCatchUpOptions,
  act: (batch: readonly PointId[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < ids.length) {
      if (signal?.aborted) throw cancelledError("catching up", signal);
      const batch = ids.slice(next, next + batchSize);
      next += batchSize;
      await mirror.turns.take(batch.map(idKey), () => act(batch));
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: batchesAtOnce }, worker));
  const failed = ended.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

export function repeatOf({ retries, signal }: RepeatOptions): RepeatOptions {
  return { ...(retries !== undefined && { retries }), ...(signal && { signal }) };
}
