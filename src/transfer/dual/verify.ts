/**
 * Whether the secondary has what the primary has, while writes go on: what differs in a pass over both is looked at again in the
 * turn of the points, where nothing moves.
 */
import type { PointId } from "../../model/id.ts";
import { comparable, isSamePoint } from "../copy/checksum.ts";
import { compareCollections } from "../copy/compare.ts";
import { inBatches, type MirrorCatchUpOptions, repeatOf } from "./catch-up.ts";
import type { TwoStores } from "./dual-store.ts";

export interface MirrorVerification {
  isEqual: boolean;
  collections: {
    [name: string]: {
      /** Of the primary. */
      points: number;
      /** Points that differ, at least. They are noted, so that catchUp mends them. */
      different: number;
      /** The first 20 of them. */
      ids: PointId[];
    };
  };
}

/** Beyond so many the pass has seen enough. */
const mostSuspects = 10_000;

/** @throws FrancaError of both stores; cancelled */
export async function verifyMirrors(
  stores: TwoStores,
  options: MirrorCatchUpOptions,
): Promise<MirrorVerification> {
  const collections: MirrorVerification["collections"] = {};
  for (const name of await stores.primary.list()) {
    const mirror = stores.mirrorOf(name);
    const [primary, secondary] = await Promise.all([
      stores.roles.ofPrimary(name),
      stores.roles.ofSecondary(name),
    ]);
    const suspects: PointId[] = [];
    const { source } = await compareCollections(primary, secondary, {
      ...repeatOf(options),
      onDifference: (_, id) => {
        if (suspects.length < mostSuspects) suspects.push(id);
      },
      onProgress: (points) => options.onProgress?.({ collection: name, points }),
    });
    const different: PointId[] = [];
    await inBatches(mirror, suspects, options, async (ids) => {
      const select = { payload: true, vectors: true } as const;
      const [mine, theirs] = await Promise.all([primary.get(ids, select), secondary.get(ids, select)]);
      const differing = ids.filter((_, i) => {
        const [a, b] = [mine[i], theirs[i]];
        return a === undefined || b === undefined ? a !== b : !isSamePoint(comparable(a), comparable(b));
      });
      if (differing.length === 0) return;
      different.push(...differing);
      if (!mirror.isAll) mirror.diverge(differing, new Error("verification found them to differ"));
    });
    if (suspects.length >= mostSuspects && different.length > 0 && !mirror.isAll)
      mirror.diverge(
        "all",
        new Error(`verification found ${different.length} points to differ, and looked no further`),
      );
    collections[name] = { points: source.points, different: different.length, ids: different.slice(0, 20) };
  }
  return { isEqual: Object.values(collections).every(({ different }) => different === 0), collections };
}
