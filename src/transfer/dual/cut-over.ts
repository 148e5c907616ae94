/** The secondary becomes the primary: when it is known to be equal, in a moment in which nothing is written. */
import { FrancaError } from "../../errors.ts";
import { caughtUp, type MirrorCatchUpOptions } from "./catch-up.ts";
import type { TwoStores } from "./dual-store.ts";
import { verifyMirrors } from "./verify.ts";

export interface CutOverOptions extends MirrorCatchUpOptions {
  /** Default true: every point is compared before. */
  verify?: boolean;
}

const mostTries = 5;

/** @throws FrancaError failed_precondition when they are not equal; those of the stores; cancelled. Then nothing has changed */
export async function cutOver(
  stores: TwoStores,
  { verify = true, ...options }: CutOverOptions,
): Promise<void> {
  await caughtUp(stores, options);
  if (verify && !(await verifyMirrors(stores, options)).isEqual) {
    // Someone else wrote to the secondary, or what was taken for failed was done late. Mended once; twice is no accident.
    await caughtUp(stores, options);
    const again = await verifyMirrors(stores, options);
    if (!again.isEqual)
      throw new FrancaError(
        "failed_precondition",
        "the secondary differs again and again: is there another writer?",
        {
          details: { verification: again },
        },
      );
  }
  for (let tries = 0; tries < mostTries; tries++) {
    if (await swapped(stores)) return;
    await caughtUp(stores, options);
  }
  throw new FrancaError(
    "failed_precondition",
    "the secondary diverges as fast as it catches up; nothing was changed: see divergence()",
    { details: { divergence: stores.divergence() } },
  );
}

/** In the turn of everything. Every write since the verification went to both, or is noted as diverged. */
function swapped(stores: TwoStores): Promise<boolean> {
  return stores.catalogTurns.take("all", async () => {
    const names = await stores.primary.list();
    const within = async (rest: readonly string[]): Promise<boolean> => {
      const [name, ...others] = rest;
      if (name !== undefined) return stores.mirrorOf(name).turns.take("all", () => within(others));
      const { catalog, collections } = stores.divergence();
      if (catalog || Object.keys(collections).length > 0) return false;
      for (const one of names) await expectEqualCounts(stores, one);
      stores.roles.swap();
      return true;
    };
    return within(names);
  });
}

async function expectEqualCounts(stores: TwoStores, name: string): Promise<void> {
  const [primary, secondary] = await Promise.all([
    stores.roles.ofPrimary(name),
    stores.roles.ofSecondary(name),
  ]);
  const [mine, theirs] = await Promise.all([primary.count(), secondary.count()]);
  if (mine.count === theirs.count) return;
  throw new FrancaError(
    "failed_precondition",
    `${name} has ${mine.count} points in the primary and ${theirs.count} in the secondary; nothing was changed`,
    { details: { collection: name } },
  );
}
