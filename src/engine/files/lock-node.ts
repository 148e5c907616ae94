/**
 * One process per database folder, by a lock file that names its owner. A lock whose owner is dead is taken over,
 * so that a crash never leaves a database locked.
 *
 * An owner is a process id with its start time, so that a reused id (or process 1 of a new container) is not taken
 * for it. A stale lock is removed only under a claim, itself a lock, named by the stale one's nonce: of several
 * processes that find it at once exactly one removes it, and nobody can remove its successor by mistake.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { link, readFile, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { FrancaError } from "../../errors.ts";
import type { Lock } from "../file.ts";
import { takingDescriptor } from "./handles-node.ts";

interface Owner {
  pid: number;
  /** Start of the process in clock ticks since boot (Linux), or undefined. */
  started?: string;
  /** Where process ids mean the same thing: machine, boot and pid namespace. */
  realm: string;
  nonce: string;
}

const heartbeatMs = 5_000;
/** An owner in another realm cannot be looked up; it counts as dead after this long without a heartbeat. */
const silentMs = 30_000;
const lockName = "lock";

export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, lockName);
  const nonce = await acquire(path, folder);
  const isOurs = async () => (await readOwner(path).catch(() => undefined))?.nonce === nonce;
  const beat = async () => {
    const now = new Date();
    // A process that slept too long may have lost it: the successor's heartbeat is not ours to give.
    if (await isOurs()) await utimes(path, now, now);
  };
  const timer = setInterval(() => {
    // A missed heartbeat matters only to owners elsewhere, and the next one makes up for it.
    beat().catch(() => {});
  }, heartbeatMs);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      if (await isOurs()) await unlink(path);
    },
  };
}

/** Returns the nonce under which the lock is held. */
async function acquire(path: string, folder: string): Promise<string> {
  const self: Owner = { ...thisProcess(), nonce: crypto.randomUUID() };
  const draft = `${path}.${self.nonce}.new`;
  await takingDescriptor(draft, () => writeFile(draft, JSON.stringify(self), { flush: true }));
  try {
    while (!(await linkIfFree(draft, path))) {
      const owner = await readOwner(path);
      if (owner === undefined) continue; // released in between
      if (await isAlive(owner, path)) throw heldError(folder, owner);
      await removeStale(path, owner, folder);
    }
    return self.nonce;
  } finally {
    await unlink(draft);
  }
}

async function removeStale(path: string, stale: Owner, folder: string): Promise<void> {
  const claim = `${path}.${stale.nonce}`;
  await acquire(claim, folder);
  try {
    // The claim was perhaps free because another process has finished taking over.
    if ((await readOwner(path))?.nonce === stale.nonce) await unlink(path);
  } finally {
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

async function readOwner(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text) as Owner;
    if (typeof owner.pid === "number" && typeof owner.nonce === "string") return owner;
  } catch {
    // Not JSON: handled with every other content that no owner wrote.
  }
  throw new FrancaError(
    "failed_precondition",
    `${path} names no owner; when no other process uses this database, remove that file and open it again`,
  );
}

async function isAlive(owner: Owner, path: string): Promise<boolean> {
  const self = thisProcess();
  if (owner.realm !== self.realm) {
    const beat = await stat(path).catch(() => undefined);
    return beat !== undefined && Date.now() - beat.mtimeMs < silentMs;
  }
  if (!processExists(owner.pid)) return false;
  return owner.started === undefined || owner.started === startOf(owner.pid);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function thisProcess(): Omit<Owner, "nonce"> {
  const started = startOf(process.pid);
  return { pid: process.pid, ...(started !== undefined && { started }), realm: realm() };
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), counted after the name, which may hold spaces. */
function startOf(pid: number): string | undefined {
  const stat = readOptional(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function realm(): string {
  const boot = readOptional(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = readOptional(() => readlinkSync("/proc/self/ns/pid"));
  return boot === undefined ? hostname() : `${boot} ${namespace ?? ""}`;
}

/** /proc is there on Linux only; its absence is not an error. */
function readOptional(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function heldError(folder: string, owner: Owner): FrancaError {
  return new FrancaError(
    "failed_precondition",
    `${folder} is open in process ${owner.pid}${owner.realm === realm() ? "" : " of another machine or container"}; ` +
      "close it there first, or serve it with `franca serve` and connect to that",
    { details: { pid: owner.pid } },
  );
}
