/**
 * A disk for tests: counts what is asked of it, fails when told to, loses power, and can be copied and damaged.
 * What was not synced survives a power cut or not, sector by sector and name by name, as chance has it.
 */

import type { Directory, File, Lock } from "../../src/engine/file.ts";
import { FrancaError } from "../../src/errors.ts";

export type Operation = "read" | "write" | "truncate" | "sync" | "syncFolder" | "rename" | "remove" | "open";

/** Small, so that small databases have many. */
const sectorBytes = 64;

export class Disk {
  /** How often each operation was asked for, by file name. */
  readonly counts: Map<string, number> = new Map();
  /** Called before every operation; what it throws is the disk's failure. A write that fails may leave a part. */
  before: (operation: Operation, name: string) => void = () => {};
  root: SimulatedDirectory = new SimulatedDirectory(this, "disk");

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
    const found = new Disk();
    found.root = this.root.afterPowerCut(found, random);
    return found;
  }

  /** A disk of its own with the same content. */
  copy(): Disk {
    const other = new Disk();
    other.root = this.root.copy(other);
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
    const file = this.root.find(path);
    file.current = bytes;
    file.durable = bytes.slice();
  }
}

class SimulatedFile {
  durable: Uint8Array = new Uint8Array(0);
  current: Uint8Array = new Uint8Array(0);
}

type Entry = SimulatedFile | SimulatedDirectory;

class SimulatedDirectory implements Directory {
  readonly location: string;
  readonly #disk: Disk;
  #entries = new Map<string, Entry>();
  #durable = new Map<string, Entry>();
  #locked = false;

  constructor(disk: Disk, location: string) {
    this.#disk = disk;
    this.location = location;
  }

  async list(): Promise<string[]> {
    return [...this.#entries.keys()].sort();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    this.#disk.note("open", name);
    let entry = this.#entries.get(name);
    if (entry === undefined && options.create === true) {
      entry = new SimulatedFile();
      this.#entries.set(name, entry);
    }
    if (!(entry instanceof SimulatedFile)) throw new FrancaError("not_found", `no file ${name}`);
    return handle(this.#disk, name, entry);
  }

  async directory(name: string): Promise<Directory> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = new SimulatedDirectory(this.#disk, `${this.location}/${name}`);
      this.#entries.set(name, entry);
    }
    return entry as SimulatedDirectory;
  }

  async remove(name: string): Promise<void> {
    this.#disk.note("remove", name);
    this.#entries.delete(name);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#disk.note("rename", to);
    this.#entries.set(to, this.#entries.get(from)!);
    this.#entries.delete(from);
  }

  async sync(): Promise<void> {
    this.#disk.note("syncFolder", this.location);
    this.#durable = new Map(this.#entries);
  }

  async lock(): Promise<Lock> {
    if (this.#locked) throw new FrancaError("failed_precondition", "open already");
    this.#locked = true;
    return {
      release: async () => {
        this.#locked = false;
      },
    };
  }

  afterPowerCut(disk: Disk, random: () => number): SimulatedDirectory {
    const found = new SimulatedDirectory(disk, this.location);
    for (const name of new Set([...this.#durable.keys(), ...this.#entries.keys()])) {
      const entry = (random() < 0.5 ? this.#entries : this.#durable).get(name);
      if (entry !== undefined) found.#entries.set(name, surviving(entry, disk, random));
    }
    found.#durable = new Map(found.#entries);
    return found;
  }

  copy(disk: Disk): SimulatedDirectory {
    const copy = new SimulatedDirectory(disk, this.location);
    for (const [name, entry] of this.#entries) {
      const same = entry instanceof SimulatedFile ? fileOf(entry.current) : entry.copy(disk);
      copy.#entries.set(name, same);
      copy.#durable.set(name, same);
    }
    return copy;
  }

  paths(): string[] {
    return [...this.#entries].flatMap(([name, entry]) =>
      entry instanceof SimulatedFile ? [name] : entry.paths().map((path) => `${name}/${path}`),
    );
  }

  find(path: string): SimulatedFile {
    const [name, ...rest] = path.split("/");
    const entry = this.#entries.get(name!);
    if (rest.length > 0) return (entry as SimulatedDirectory).find(rest.join("/"));
    return entry as SimulatedFile;
  }
}

function surviving(entry: Entry, disk: Disk, random: () => number): Entry {
  if (entry instanceof SimulatedDirectory) return entry.afterPowerCut(disk, random);
  const { durable, current } = entry;
  const size = random() < 0.5 ? current.length : durable.length;
  const found = new Uint8Array(size);
  for (let at = 0; at < size; at += sectorBytes) {
    const source = random() < 0.5 ? current : durable;
    found.set(source.subarray(at, Math.min(at + sectorBytes, size)), at);
  }
  return fileOf(found);
}

function fileOf(bytes: Uint8Array): SimulatedFile {
  const file = new SimulatedFile();
  file.current = bytes.slice();
  file.durable = bytes.slice();
  return file;
}

function handle(disk: Disk, name: string, file: SimulatedFile): File {
  return {
    name,
    size: async () => file.current.length,
    read: async (offset, length) => {
      disk.note("read", name);
      return file.current.slice(offset, offset + length);
    },
    write: async (offset, pieces) => {
      // In two steps, as a disk may fail after the first.
      for (const piece of pieces) {
        const half = piece.length >>> 1;
        put(file, offset, piece.subarray(0, half));
        disk.note("write", name);
        put(file, offset + half, piece.subarray(half));
        offset += piece.length;
      }
    },
    truncate: async (size) => {
      disk.note("truncate", name);
      const resized = new Uint8Array(size);
      resized.set(file.current.subarray(0, size));
      file.current = resized;
    },
    sync: async () => {
      disk.note("sync", name);
      const written = file.current.slice();
      // Whoever writes while a sync runs cannot count on it.
      await new Promise((resolve) => setImmediate(resolve));
      disk.before("sync", name);
      file.durable = written;
    },
    close: async () => {},
  };
}

function put(file: SimulatedFile, offset: number, bytes: Uint8Array): void {
  if (offset + bytes.length > file.current.length) {
    const grown = new Uint8Array(offset + bytes.length);
    grown.set(file.current);
    file.current = grown;
  }
  file.current.set(bytes, offset);
}
