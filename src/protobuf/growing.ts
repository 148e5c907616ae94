/**
 * Lists of numbers that may come in several runs: usually in one, but a client may send each number by itself. A list that has
 * grown has memory to spare behind it, so that a million numbers one by one are no more than a moment's work.
 */

export type Numbers = Float32Array | Uint32Array;

/** The numbers of `before`, and room for so many more behind them. `before` is not to be used any more. */
export function grown<A extends Numbers>(before: A, count: number): A {
  const create = before.constructor as new (buffer: ArrayBufferLike, from: number, length: number) => A;
  const length = before.length + count;
  const bytes = length * before.BYTES_PER_ELEMENT;
  if (before.length > 0 && bytes <= before.buffer.byteLength) return new create(before.buffer, 0, length);
  const room = before.length === 0 ? bytes : Math.max(bytes, 2 * before.byteLength);
  const values = new create(new ArrayBuffer(room), 0, length);
  values.set(before);
  return values;
}
