/**
 * A disk for tests: counts what is asked of it, fails when told to, can be copied and damaged, and remembers when
 * everything began and ended, so that `crash-states.ts` can say what a power cut at any moment may leave.
 */

import type { Directory, File, Lock } from "../../src/engine/file.ts";
import { FrancaError } from "../../src/errors.ts";
import { randomCrashState } from "../crash/crash-states.ts";

export type Operation = "read" | "write" | "truncate" | "sync" | "syncFolder" | "rename" | "remove" | "open";

/** When something was begun and had ended, on the disk's clock; Infinity while it has not. */
export interface Span {
  begin: number;
  end: number;
}

/** What changes a file's content or size. */
export type FileEvent = Span & ({ offset: number; bytes: Uint8Array } | { size: number });

/** What changes a folder's names; of a rename `from` is the name that goes. */
export type FolderEvent = Span & { name: string; entry: Entry | undefined; from?: string };

export type Entry = SimulatedFile | SimulatedDirectory;

export class Disk {
  /** How often each operation was asked for, by file name. */
  readonly counts: Map<string, number> = new Map();
  /** Called before every operation; what it throws is the disk's failure. A write that fails may leave a part. */
  before: (operation: Operation, name: string) => void = () => {};
  root: SimulatedDirectory = new SimulatedDirectory(this, "disk");
  #time = 0;

  /** The moment it is; every call is another one. */
  now(): number {
    return this.#time++;
  }

  count(operation: Operation): number {
    let sum = 0;
    for (const [key, count] of this.counts) if (key.startsWith(`${operation} `)) sum += count;
    return sum;
  }

  note(operation: Operation, name: string): void {
    const key = `${operation} ${name}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.before(operation, name);
  }

  /** Every later operation fails; what a new machine finds on the disk is in the one returned. */
  cutPower(random: () => number): Disk {
    this.before = () => {
      throw Object.assign(new Error("the power is off"), { code: "EIO" });
    };
    return randomCrashState(this, this.now(), random);
  }

  /** A disk of its own with the same content. */
  copy(): Disk {
    const other = new Disk();
    other.root.adopt(this.root.entries);
    return other;
  }

  /** Paths of all files. */
  files(): string[] {
    return this.root.paths();
  }

  bytes(path: string): Uint8Array {
    return this.root.find(path).current;
  }

  replace(path: string, bytes: Uint8Array): void {
    this.root.find(path).current = bytes;
  }
}

export class SimulatedFile {
  /** Before all events; durable. */
  readonly base: Uint8Array;
  current: Uint8Array;
  readonly events: FileEvent[] = [];
  readonly syncs: Span[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.base = bytes;
    this.current = bytes;
  }
}

export class SimulatedDirectory implements Directory {
  readonly location: string;
  readonly disk: Disk;
  /** Before all events; durable. */
  base: ReadonlyMap<string, Entry> = new Map();
  readonly entries: Map<string, Entry> = new Map();
  readonly events: FolderEvent[] = [];
  readonly syncs: Span[] = [];
  #locked = false;

  constructor(disk: Disk, location: string) {
    this.disk = disk;
    this.location = location;
  }

  async list(): Promise<string[]> {
    return [...this.entries.keys()].sort();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    this.disk.note("open", name);
    let entry = this.entries.get(name);
    if (entry === undefined && options.create === true) {
      entry = new SimulatedFile();
      await this.#change({ name, entry });
    }
    if (!(entry instanceof SimulatedFile)) throw new FrancaError("not_found", `no file ${name}`);
    return handle(this.disk, name, entry);
  }

  async directory(name: string): Promise<Directory> {
    let entry = this.entries.get(name);
    if (entry === undefined) {
      entry = new SimulatedDirectory(this.disk, `${this.location}/${name}`);
      await this.#change({ name, entry });
    }
    return entry as SimulatedDirectory;
  }

  async remove(name: string): Promise<void> {
    this.disk.note("remove", name);
    const entry = this.entries.get(name);
    if (entry === undefined) return;
    // One after the other, as `rm -r` does.
    if (entry instanceof SimulatedDirectory) {
      for (const inner of await entry.list()) await entry.remove(inner);
    }
    await this.#change({ name, entry: undefined });
  }

  async rename(from: string, to: string): Promise<void> {
    this.disk.note("rename", to);
    await this.#change({ name: to, entry: this.entries.get(from)!, from });
  }

  async sync(): Promise<void> {
    this.disk.note("syncFolder", this.location);
    await during(this.disk, this.syncs, {});
  }

  async lock(): Promise<Lock> {
    if (this.#locked) throw new FrancaError("failed_precondition", "open already");
    this.#locked = true;
    return {
      expectHeld: () => undefined,
      release: async () => {
        this.#locked = false;
      },
    };
  }

  /** Takes a copy of the entries for its own, durable. */
  adopt(entries: ReadonlyMap<string, Entry>): void {
    for (const [name, entry] of entries) {
      if (entry instanceof SimulatedFile) this.entries.set(name, new SimulatedFile(entry.current.slice()));
      else {
        const inner = new SimulatedDirectory(this.disk, `${this.location}/${name}`);
        inner.adopt(entry.entries);
        this.entries.set(name, inner);
      }
    }
    this.base = new Map(this.entries);
  }

  paths(): string[] {
    return [...this.entries].flatMap(([name, entry]) =>
      entry instanceof SimulatedFile ? [name] : entry.paths().map((path) => `${name}/${path}`),
    );
  }

  find(path: string): SimulatedFile {
    const [name, ...rest] = path.split("/");
    const entry = this.entries.get(name!);
    if (rest.length > 0) return (entry as SimulatedDirectory).find(rest.join("/"));
    return entry as SimulatedFile;
  }

  #change(event: Omit<FolderEvent, keyof Span>): Promise<void> {
    applyToFolder(this.entries, event);
    return during(this.disk, this.events, event);
  }
}

export function applyToFolder(entries: Map<string, Entry>, event: Omit<FolderEvent, keyof Span>): void {
  const { name, entry, from } = event;
  if (from !== undefined && entries.get(from) === entry) entries.delete(from);
  if (entry === undefined) entries.delete(name);
  else entries.set(name, entry);
}

export function applyToFile(content: Uint8Array, event: Omit<FileEvent, keyof Span>): Uint8Array {
  if ("size" in event) return resized(content, event.size as number);
  const { offset, bytes } = event as { offset: number; bytes: Uint8Array };
  const changed = resized(content, Math.max(content.length, offset + bytes.length));
  changed.set(bytes, offset);
  return changed;
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const changed = new Uint8Array(size);
  changed.set(content.subarray(0, size));
  return changed;
}

/** Records an event that has begun, and its end once everything else has had its turn. */
async function during<E>(disk: Disk, events: (E & Span)[], event: E): Promise<void> {
  const span = { ...event, begin: disk.now(), end: Number.POSITIVE_INFINITY };
  events.push(span);
  await undefined;
  span.end = disk.now();
}

function handle(disk: Disk, name: string, file: SimulatedFile): File {
  const change = (event: { offset: number; bytes: Uint8Array } | { size: number }) => {
    file.current = applyToFile(file.current, event);
    return during(disk, file.events, event as FileEvent);
  };
  return {
    name,
    size: async () => file.current.length,
    read: async (offset, length) => {
      disk.note("read", name);
      return file.current.slice(offset, offset + length);
    },
    write: async (offset, pieces) => {
      const bytes = joined(pieces);
      const half = bytes.length >>> 1;
      try {
        disk.note("write", name);
      } catch (error) {
        // A write that fails may leave a part.
        await change({ offset, bytes: bytes.subarray(0, half) });
        throw error;
      }
      await change({ offset, bytes });
    },
    truncate: async (size) => {
      disk.note("truncate", name);
      await change({ size });
    },
    sync: async () => {
      disk.note("sync", name);
      const span = { begin: disk.now(), end: Number.POSITIVE_INFINITY };
      file.syncs.push(span);
      // Whoever writes while a sync runs cannot count on it.
      await new Promise((resolve) => setImmediate(resolve));
      disk.before("sync", name);
      span.end = disk.now();
    },
    close: async () => {},
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
