/**
 * Changing the file of keys: read, changed, written beside it, synced, renamed over it, by one process at a time, so that no
 * server reads half a file and no revocation is undone by somebody who creates a key meanwhile.
 */
import type { Stats } from "node:fs";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { FrancaError } from "../../errors.ts";
import type { Key } from "./key.ts";
import { readKeyFile, showKeys } from "./key-file.ts";

const lockWaitMs = 3_000;
const lockLookMs = 50;

/**
 * @param change is given the keys of the file, none when there is no file, and returns what they are to be
 * @throws FrancaError invalid_argument for a file that is no file of keys; failed_precondition when it cannot be written
 */
export async function changeKeyFile(
  path: string,
  change: (keys: readonly Key[]) => readonly Key[],
): Promise<void> {
  // A link stays a link.
  const real = await realpath(path).catch(() => path);
  try {
    await locked(`${real}.lock`, async () => {
      const before = await stat(real).catch(ignoreMissing);
      const keys = before === undefined ? [] : await readKeyFile(real);
      await replace(real, showKeys(change(keys)), before);
    });
  } catch (error) {
    if (error instanceof FrancaError) throw error;
    const message = `the file of keys ${path} cannot be changed: ${(error as Error).message}`;
    throw new FrancaError("failed_precondition", message, { cause: error, details: { path } });
  }
}

async function replace(path: string, text: string, before: Stats | undefined): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  const handle = await open(beside, "wx", 0o600);
  try {
    await handle.writeFile(text);
    if (before !== undefined) {
      // A server that runs as another user or in another group goes on reading it; nobody else does.
      const { uid, gid } = await handle.stat();
      if (uid !== before.uid || gid !== before.gid) await handle.chown(before.uid, before.gid);
      await handle.chmod(before.mode & 0o640);
    }
    await handle.sync();
    await handle.close();
    await rename(beside, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(beside, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), "r");
  await folder.sync().finally(() => folder.close());
}

async function locked(lock: string, act: () => Promise<void>): Promise<void> {
  const untilMs = performance.now() + lockWaitMs;
  while (!(await took(lock))) {
    if (performance.now() > untilMs) {
      throw new FrancaError(
        "failed_precondition",
        `another \`franca key\` is changing the file; if none is, remove ${lock}`,
        { details: { lock } },
      );
    }
    await after(lockLookMs);
  }
  try {
    await act();
  } finally {
    await rm(lock, { force: true });
  }
}

async function took(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
