/**
 * A few hundred of the vectors that were searched by, the recent ones more likely: what recall has to be reached for.
 */

const room = 640;
/** Once it is full, one query in so many takes the place of another: a few thousand queries renew it. */
const oneIn = 8;

export class AskedQueries {
  readonly #random: () => number;
  readonly vectors: Float32Array[] = [];
  /** Ever asked. */
  total = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Keeps a copy, or not. */
  offer(vector: Float32Array): void {
    this.total++;
    if (this.vectors.length < room) this.vectors.push(vector.slice());
    else if (this.#random() * oneIn < 1) this.vectors[Math.floor(this.#random() * room)] = vector.slice();
  }

  /** Takes back what was kept before the collection was closed. */
  restore(vectors: readonly Float32Array[], total: number): void {
    this.vectors.splice(0, this.vectors.length, ...vectors.slice(0, room));
    this.total = total;
  }
}
