/**
 * Descriptors of open files, a bounded number at a time, so that thousands of collections may be in use at once.
 * A file that was not used lately gives its descriptor up and opens it again at its next use.
 */
import * as fs from "node:fs";
import { promisify } from "node:util";
import { FrancaError } from "../../errors.ts";

// The callback functions cost a third less per call than FileHandle's methods.
const openDescriptor = promisify(fs.open);
const closeDescriptor = promisify(fs.close);

/** Far below what systems allow a process (1,024 and more), for others in it need some as well. */
const mostOpen = 400;

/** Least recently used first. */
const idle = new Set<Handle>();
let open = 0;

/** One file's descriptor, there when it is used. */
export class Handle {
  readonly #path: string;
  #descriptor: number | undefined;
  #opening: Promise<number> | undefined;
  #uses = 0;
  /** Changes made through the descriptor, and how many of them a sync has seen. */
  #changes = 0;
  #synced = 0;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    open++;
    this.#rest();
  }

  /** Runs `act`, which changes nothing, with the descriptor. */
  async use<T>(act: (descriptor: number) => Promise<T>): Promise<T> {
    this.#uses++;
    idle.delete(this);
    try {
      return await act(this.#descriptor ?? (await this.#reopened()));
    } catch (error) {
      throw named(error, this.#path);
    } finally {
      this.#uses--;
      this.#rest();
    }
  }

  /** Runs `act` with the descriptor if there is one now. */
  useNow<T>(act: (descriptor: number) => T): T | undefined {
    if (this.#descriptor === undefined) return undefined;
    // It was used last of all from now on.
    if (idle.delete(this)) idle.add(this);
    return act(this.#descriptor);
  }

  /** The descriptor is kept until a sync, so that the sync hears of every write that failed meanwhile. */
  change<T>(act: (descriptor: number) => Promise<T>): Promise<T> {
    this.#changes++;
    return this.use(act);
  }

  async sync(act: (descriptor: number) => Promise<void>): Promise<void> {
    const seen = this.#changes;
    await this.use(act);
    this.#synced = Math.max(this.#synced, seen);
    this.#rest();
  }

  async close(): Promise<void> {
    idle.delete(this);
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    open--;
    await closeDescriptor(descriptor);
  }

  #reopened(): Promise<number> {
    this.#opening ??= openFile(this.#path, fs.constants.O_RDWR)
      .then((descriptor) => {
        this.#descriptor = descriptor;
        open++;
        return descriptor;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  #rest(): void {
    if (this.#uses > 0 || this.#synced < this.#changes || this.#descriptor === undefined) return;
    idle.add(this);
    // Closing what holds nothing unsynced can lose nothing.
    if (open > mostOpen) giveUp(1).catch(() => {});
  }
}

/** @throws FrancaError resource_exhausted when there is no descriptor left; else as node:fs */
export function openFile(path: string, flags: number): Promise<number> {
  return takingDescriptor(path, () => openDescriptor(path, flags));
}

/**
 * Runs `act`, which takes a descriptor and changes nothing when there is none.
 * @throws FrancaError resource_exhausted when neither the process nor the system has one left
 */
export async function takingDescriptor<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isExhausted(error)) throw error;
  }
  // Others in this process may have taken them: when half of ours are returned there is one for this.
  await giveUp(Math.ceil(idle.size / 2));
  try {
    return await act();
  } catch (error) {
    if (!isExhausted(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new FrancaError(
      "resource_exhausted",
      `${path} cannot be opened: no file handle is left (${code}). Nothing was changed; raise the limit (ulimit -n) or close files, and try again`,
      { details: { file: path, outcome: "undone", cause: code }, cause: error },
    );
  }
}

/** What fails through a descriptor does not say of which file. */
function named(error: unknown, path: string): unknown {
  const failure = error as NodeJS.ErrnoException;
  if (typeof failure.code === "string" && failure.path === undefined && !(error instanceof FrancaError)) {
    failure.path = path;
    failure.message += ` '${path}'`;
  }
  return error;
}

async function giveUp(count: number): Promise<void> {
  const closing: Promise<void>[] = [];
  for (const handle of idle) {
    if (closing.length === count) break;
    closing.push(handle.close());
  }
  await Promise.all(closing);
}

function isExhausted(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EMFILE" || code === "ENFILE";
}
