/**
 * One process per database folder, by a lock file that names its owner. A lock whose owner is dead is taken over,
 * so that a crash never leaves a database locked.
 *
 * A stale lock is replaced only under a claim, itself a lock, named by the stale one's nonce: of several processes that
 * find it at once exactly one replaces it. The old file is kept under a second name meanwhile: when a heartbeat reached
 * it before it was replaced, its owner lives after all, and is given it back. So an owner that finds its lock in place
 * after a heartbeat has it for as long as that heartbeat counts.
 */
import { link, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FrancaError } from "../../errors.ts";
import type { Lock } from "../file.ts";
import { takingDescriptor } from "./handles-node.ts";
import { KeptLock } from "./kept-lock-node.ts";
import { isAlive, isOfThisRealm, nameOf, type Owner, readOwner, thisProcess } from "./lock-owner-node.ts";
import { momentNow } from "./moment.ts";

const lockName = "lock";

export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, lockName);
  const began = momentNow();
  const { nonce, replaced } = await acquire(path, folder);
  return new KeptLock(folder, path, nonce, began, replaced !== undefined && !isOfThisRealm(replaced));
}

/** Returns the nonce under which the lock is held, and the owner that it was taken from. */
async function acquire(path: string, folder: string): Promise<{ nonce: string; replaced?: Owner }> {
  const self: Owner = { ...thisProcess(), nonce: crypto.randomUUID() };
  const draft = `${path}.${self.nonce}.new`;
  await takingDescriptor(draft, () => writeFile(draft, JSON.stringify(self), { flush: true }));
  try {
    while (!(await linkIfFree(draft, path))) {
      const owner = await readOwner(path);
      if (owner === undefined) continue; // released in between
      if (await isAlive(owner, path)) throw heldError(folder, owner);
      if (await replaceStale(draft, path, owner, folder)) return { nonce: self.nonce, replaced: owner };
    }
    return { nonce: self.nonce };
  } finally {
    await unlink(draft);
  }
}

/** False when another lock is there by now, or the owner was alive after all. */
async function replaceStale(draft: string, path: string, stale: Owner, folder: string): Promise<boolean> {
  const claim = `${path}.${stale.nonce}`;
  const kept = `${claim}.stale`;
  const ours = `${claim}.ours`;
  await acquire(claim, folder);
  try {
    // What one left here that was killed on the way.
    await Promise.all([rm(kept, { force: true }), rm(ours, { force: true })]);
    if (!(await linkIfThere(path, kept)) || (await readOwner(kept))?.nonce !== stale.nonce) return false;
    await link(draft, ours);
    await rename(ours, path);
    if (!(await isAlive(stale, kept))) return true;
    await rename(kept, path);
    return false;
  } finally {
    await rm(kept, { force: true });
    await unlink(claim);
  }
}

/** A link appears whole or not at all, so that nobody reads a lock without its owner. */
async function linkIfFree(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function linkIfThere(path: string, to: string): Promise<boolean> {
  try {
    await link(path, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function heldError(folder: string, owner: Owner): FrancaError {
  return new FrancaError(
    "failed_precondition",
    `${folder} is open in ${nameOf(owner)}; close it there first, or serve it with \`franca serve\` and connect to that`,
    { details: { pid: owner.pid } },
  );
}
