/**
 * A locked folder in which nothing is changed once its lock may be another's.
 *
 * A change is looked at twice. Before it, so that whoever has the folder now is left alone. And after it: then all that
 * was written and synced lay there while nobody else could have opened the folder, so that what is acknowledged is what
 * a successor finds, however long this process slept in between.
 */
import type { Directory, File, Lock } from "./file.ts";
import { isLostLock, refusedFor } from "./lost-lock.ts";

export function heldDirectory(directory: Directory, lock: Lock): Directory {
  return new HeldDirectory(directory, new Guard(lock));
}

class Guard {
  readonly #lock: Lock;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  before(): Promise<void> {
    return this.#expectHeld("undone");
  }

  after(): Promise<void> {
    return this.#expectHeld("unknown");
  }

  async #expectHeld(outcome: "undone" | "unknown"): Promise<void> {
    try {
      await this.#lock.expectHeld();
    } catch (error) {
      throw isLostLock(error) ? refusedFor(error, outcome) : error;
    }
  }
}

class HeldDirectory implements Directory {
  readonly location: string;
  readonly isInMemory?: boolean;
  readonly #below: Directory;
  readonly #guard: Guard;

  constructor(below: Directory, guard: Guard) {
    this.location = below.location;
    if (below.isInMemory !== undefined) this.isInMemory = below.isInMemory;
    this.#below = below;
    this.#guard = guard;
  }

  list(): Promise<string[]> {
    return this.#below.list();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    if (options.create === true) await this.#guard.before();
    return new HeldFile(await this.#below.open(name, options), this.#guard);
  }

  async directory(name: string): Promise<Directory> {
    await this.#guard.before();
    return new HeldDirectory(await this.#below.directory(name), this.#guard);
  }

  async remove(name: string): Promise<void> {
    await this.#guard.before();
    await this.#below.remove(name);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#guard.before();
    await this.#below.rename(from, to);
    await this.#guard.after();
  }

  async sync(): Promise<void> {
    await this.#below.sync();
    await this.#guard.after();
  }

  lock(): Promise<Lock> {
    return this.#below.lock();
  }
}

class HeldFile implements File {
  readonly name: string;
  readonly path?: string;
  readonly #below: File;
  readonly #guard: Guard;

  constructor(below: File, guard: Guard) {
    this.name = below.name;
    if (below.path !== undefined) this.path = below.path;
    this.#below = below;
    this.#guard = guard;
  }

  size(): Promise<number> {
    return this.#below.size();
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#below.read(offset, length);
  }

  readNow(offset: number, length: number): Uint8Array | undefined {
    return this.#below.readNow?.(offset, length);
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    await this.#guard.before();
    await this.#below.write(offset, pieces);
    await this.#guard.after();
  }

  async truncate(size: number): Promise<void> {
    await this.#guard.before();
    await this.#below.truncate(size);
  }

  async sync(): Promise<void> {
    await this.#below.sync();
    await this.#guard.after();
  }

  close(): Promise<void> {
    return this.#below.close();
  }
}
