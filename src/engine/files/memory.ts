/**
 * Files in memory: a database that ends with its process. Also the ground on which the tests build faulty disks.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory, File, Lock } from "../file.ts";

export function memoryDirectory(location: string = ":memory:"): Directory {
  return new MemoryDirectory(location);
}

class MemoryDirectory implements Directory {
  readonly location: string;
  readonly isInMemory = true;
  readonly #entries = new Map<string, MemoryFile | MemoryDirectory>();
  #locked = false;

  constructor(location: string) {
    this.location = location;
  }

  async list(): Promise<string[]> {
    return [...this.#entries.keys()].sort();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    let entry = this.#entries.get(name);
    if (entry === undefined && options.create === true) {
      entry = new MemoryFile(name);
      this.#entries.set(name, entry);
    }
    if (!(entry instanceof MemoryFile)) {
      throw new FrancaError("not_found", `there is no file ${this.location}/${name}`);
    }
    return entry;
  }

  async directory(name: string): Promise<Directory> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = new MemoryDirectory(`${this.location}/${name}`);
      this.#entries.set(name, entry);
    }
    if (!(entry instanceof MemoryDirectory)) {
      throw new FrancaError("failed_precondition", `${this.location}/${name} is a file, not a folder`);
    }
    return entry;
  }

  async remove(name: string): Promise<void> {
    this.#entries.delete(name);
  }

  async rename(from: string, to: string): Promise<void> {
    const entry = this.#entries.get(from);
    if (entry === undefined) throw new FrancaError("not_found", `there is no file ${this.location}/${from}`);
    this.#entries.delete(from);
    this.#entries.set(to, entry);
  }

  async sync(): Promise<void> {}

  async lock(): Promise<Lock> {
    if (this.#locked) {
      throw new FrancaError("failed_precondition", `${this.location} is open already, in this process`);
    }
    this.#locked = true;
    return {
      expectHeld: () => undefined,
      release: async () => {
        this.#locked = false;
      },
    };
  }
}

class MemoryFile implements File {
  readonly name: string;
  #bytes = new Uint8Array(0);
  #size = 0;

  constructor(name: string) {
    this.name = name;
  }

  async size(): Promise<number> {
    return this.#size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#bytes.slice(offset, Math.min(this.#size, offset + length));
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    let end = offset;
    for (const piece of pieces) end += piece.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    let at = offset;
    for (const piece of pieces) {
      this.#bytes.set(piece, at);
      at += piece.length;
    }
    this.#size = Math.max(this.#size, end);
  }

  async truncate(size: number): Promise<void> {
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    else if (size > this.#bytes.length) await this.write(size - 1, [new Uint8Array(1)]);
    this.#size = size;
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {}
}
