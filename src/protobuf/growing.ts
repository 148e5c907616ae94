/**
 * Memory for lists of numbers. A list may come in several runs: usually in one, but a client may send each number by itself.
 * One that has grown has memory to spare behind it, so that a million numbers one by one are no more than a moment's work.
 */

export type Numbers = Float32Array | Uint32Array;

/** Those that have grown: what lies behind them there is theirs. */
const spare = new WeakSet<ArrayBufferLike>();

/** The numbers of `before`, and room for so many more behind them. `before` is not to be used any more. */
export function grown<A extends Numbers>(before: A, count: number): A {
  const create = before.constructor as new (buffer: ArrayBufferLike, from: number, length: number) => A;
  const length = before.length + count;
  const bytes = length * before.BYTES_PER_ELEMENT;
  if (bytes <= before.buffer.byteLength && spare.has(before.buffer))
    return new create(before.buffer, 0, length);
  const room = new ArrayBuffer(Math.max(bytes, 2 * before.byteLength));
  spare.add(room);
  const values = new create(room, 0, length);
  values.set(before);
  return values;
}

/** As much is taken from the system at once: a thousand vectors by themselves take longer to allocate than to copy. */
const slabFloats = 2 ** 16;

/** Many lists of floats in few pieces of memory, which live as long as any of them. */
export class FloatSlabs {
  #slab: Float32Array | undefined;
  #used = 0;

  /** @param most how many floats there may be in all from now on */
  take(count: number, most: number): Float32Array {
    if (this.#slab === undefined || count > this.#slab.length - this.#used) {
      if (count > slabFloats / 4) return new Float32Array(count);
      this.#slab = new Float32Array(Math.min(slabFloats, most));
      this.#used = 0;
    }
    this.#used += count;
    return this.#slab.subarray(this.#used - count, this.#used);
  }
}
