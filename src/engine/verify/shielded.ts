/**
 * A folder that can be opened and not changed: what is written, cut, removed or renamed stays in memory. So a database
 * can be opened to see what opening would say.
 */
import { FrancaError } from "../../errors.ts";
import type { Directory, File, Lock } from "../file.ts";
import { memoryDirectory } from "../files/memory.ts";

export function shielded(directory: Directory): Directory {
  return new ShieldedDirectory(directory);
}

class ShieldedDirectory implements Directory {
  readonly location: string;
  readonly #below: Directory;
  readonly #hidden = new Set<string>();
  readonly #changed: Directory;

  constructor(below: Directory) {
    this.#below = below;
    this.location = below.location;
    this.#changed = memoryDirectory(below.location);
  }

  async list(): Promise<string[]> {
    const below = (await this.#below.list()).filter((name) => !this.#hidden.has(name));
    return [...new Set([...below, ...(await this.#changed.list())])].sort();
  }

  async open(name: string, options: { create?: boolean } = {}): Promise<File> {
    if ((await this.#changed.list()).includes(name)) return this.#changed.open(name);
    if (!this.#hidden.has(name) && (await this.#below.list()).includes(name)) {
      return new ShieldedFile(await this.#below.open(name), () => this.#changed.open(name, { create: true }));
    }
    if (options.create === true) return this.#changed.open(name, { create: true });
    throw new FrancaError("not_found", `there is no file ${this.location}/${name}`);
  }

  async directory(name: string): Promise<Directory> {
    const isBelow = !this.#hidden.has(name) && (await this.#below.list()).includes(name);
    return isBelow ? shielded(await this.#below.directory(name)) : this.#changed.directory(name);
  }

  async remove(name: string): Promise<void> {
    this.#hidden.add(name);
    await this.#changed.remove(name);
  }

  async rename(from: string, to: string): Promise<void> {
    const source = await this.open(from);
    const bytes = await source.read(0, await source.size());
    await source.close();
    await this.remove(from);
    this.#hidden.add(to);
    const target = await this.#changed.open(to, { create: true });
    await target.truncate(0);
    await target.write(0, [bytes]);
  }

  async sync(): Promise<void> {}

  async lock(): Promise<Lock> {
    return { expectHeld: () => undefined, release: async () => {} };
  }
}

/** Reads the file below until it is changed; then a copy in memory. */
class ShieldedFile implements File {
  readonly name: string;
  readonly #below: File;
  readonly #make: () => Promise<File>;
  #copy: File | undefined;
  /** Cut without a copy, so that cutting a long log costs nothing. */
  #limit = Number.POSITIVE_INFINITY;

  constructor(below: File, make: () => Promise<File>) {
    this.name = below.name;
    this.#below = below;
    this.#make = make;
  }

  async size(): Promise<number> {
    return this.#copy === undefined ? Math.min(this.#limit, await this.#below.size()) : this.#copy.size();
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#copy !== undefined) return this.#copy.read(offset, length);
    return this.#below.read(offset, Math.max(0, Math.min(length, this.#limit - offset)));
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    const copy = await this.#copied();
    await copy.write(offset, pieces);
  }

  async truncate(size: number): Promise<void> {
    if (this.#copy === undefined && size <= (await this.size())) this.#limit = size;
    else await (await this.#copied()).truncate(size);
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    await this.#below.close();
  }

  async #copied(): Promise<File> {
    if (this.#copy === undefined) {
      const bytes = await this.read(0, await this.size());
      this.#copy = await this.#make();
      await this.#copy.write(0, [bytes]);
    }
    return this.#copy;
  }
}
