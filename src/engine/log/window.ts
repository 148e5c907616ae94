/**
 * Reads a file from front to back in large pieces, for replaying: one read of the medium serves many small ones.
 */
import type { File } from "../file.ts";

const windowBytes = 4 * 2 ** 20;

export class Window {
  readonly #file: File;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: File) {
    this.#file = file;
  }

  /** Bytes from `offset` on; fewer than `length` only where the file ends. They stay valid. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const isInside = offset >= this.#start && offset + length <= this.#start + this.#bytes.length;
    if (!isInside) {
      this.#bytes = await this.#file.read(offset, Math.max(length, windowBytes));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
