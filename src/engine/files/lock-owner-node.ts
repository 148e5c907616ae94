/**
 * Who holds a lock file, and whether that one lives.
 *
 * An owner is a process id with its start time, so that a reused id (or process 1 of a new container) is not taken
 * for it. Owners of this realm are looked up; others show by heartbeats, the file's time, that they live.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { FrancaError } from "../../errors.ts";

export interface Owner {
  pid: number;
  /** Start of the process in clock ticks since boot (Linux), or undefined. */
  started?: string;
  /** Where process ids mean the same thing: machine, boot and pid namespace. */
  realm: string;
  nonce: string;
}

/** An owner in another realm cannot be looked up; it counts as dead after this long without a heartbeat. */
export const silentMs = 30_000;

/** Undefined when there is no such file. @throws FrancaError failed_precondition when it names nobody */
export async function readOwner(path: string): Promise<Owner | undefined> {
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

/** @param path of the file that holds its heartbeats */
export async function isAlive(owner: Owner, path: string): Promise<boolean> {
  if (!isOfThisRealm(owner)) {
    const beat = await stat(path).catch(() => undefined);
    return beat !== undefined && Date.now() - beat.mtimeMs < silentMs;
  }
  if (!processExists(owner.pid)) return false;
  return owner.started === undefined || owner.started === startOf(owner.pid);
}

export function isOfThisRealm(owner: Owner): boolean {
  return owner.realm === realm();
}

export function thisProcess(): Omit<Owner, "nonce"> {
  const started = startOf(process.pid);
  return { pid: process.pid, ...(started !== undefined && { started }), realm: realm() };
}

/** "process 12", as a message names it. */
export function nameOf(owner: Owner): string {
  return `process ${owner.pid}${isOfThisRealm(owner) ? "" : " of another machine or container"}`;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
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
