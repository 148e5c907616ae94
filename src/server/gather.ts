/**
 * Pieces of bytes, gathered into one. They are copied as they come, since a thousand pieces of one byte, each an object that
 * holds on to the packet it came in, would take a hundred times what they carry.
 */
export class Gather {
  readonly #expectedBytes: number | undefined;
  #bytes: Buffer | undefined;
  /** The first piece, as long as it is the only one: the usual case, which is not copied. */
  #only: Uint8Array | undefined;
  #size = 0;

  /** What is expected is not allocated before it comes. */
  constructor(expectedBytes?: number) {
    this.#expectedBytes = expectedBytes;
  }

  get size(): number {
    return this.#size;
  }

  add(piece: Uint8Array): void {
    if (this.#size === 0) {
      this.#only = piece;
      this.#size = piece.byteLength;
      return;
    }
    if (this.#only !== undefined) {
      const only = this.#only;
      this.#only = undefined;
      this.#size = 0;
      this.#copy(only);
    }
    this.#copy(piece);
  }

  all(): Uint8Array {
    return this.#only ?? this.#bytes?.subarray(0, this.#size) ?? empty;
  }

  #copy(piece: Uint8Array): void {
    const size = this.#size + piece.byteLength;
    if (this.#bytes === undefined || size > this.#bytes.length) {
      const grown = Math.max(size, 2 * (this.#bytes?.length ?? firstBytes / 2));
      const larger = Buffer.allocUnsafeSlow(Math.max(size, Math.min(grown, this.#expectedBytes ?? grown)));
      this.#bytes?.copy(larger, 0, 0, this.#size);
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#size);
    this.#size = size;
  }
}

const empty = new Uint8Array();
const firstBytes = 256 * 1024;
