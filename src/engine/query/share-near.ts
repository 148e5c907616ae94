/**
 * How filters go with vectors, noticed while searching: of the points near a query, how much larger or smaller the share
 * that passes is than the share of all points that does. Kept for each shape of filter (its fields and operators), the
 * least recently used forgotten.
 */

const mostShapes = 256;
/** So much of a new observation goes into the average. */
const weight = 0.15;
/** Of walks that nobody would expect to pay, so many do, before anything is known. */
const hopeAtFirst = 0.4;
/** A shape whose walks have never paid is tried again after so many queries. */
const retryAfter = 64;

interface Shape {
  /** Logarithm of the share near queries over the share of all. */
  lift: number;
  /** How often walks paid that were not expected to. */
  hope: number;
  sinceTried: number;
}

export class ShareNear {
  readonly #shapes = new Map<string, Shape>();

  /** The share near a query, when `share` of all points pass. */
  expected(shape: string, share: number): number {
    const lift = this.#shapes.get(shape)?.lift ?? 0;
    return Math.min(1, share * Math.exp(lift));
  }

  /** The chance that a walk pays that is not expected to. */
  hope(shape: string): number {
    return this.#of(shape).hope;
  }

  /** Whether a shape without hope is due to be tried again. */
  isDue(shape: string): boolean {
    const known = this.#of(shape);
    known.sinceTried += 1;
    return known.sinceTried > retryAfter;
  }

  /** `nearShare` of the points near a query passed, where `share` of all do; the walk that saw it paid, or did not. */
  record(shape: string, share: number, nearShare: number, paid: boolean, wasExpected: boolean): void {
    const known = this.#of(shape);
    const lift = Math.log(Math.max(nearShare, 1e-3) / Math.max(share, 1e-6));
    known.lift += weight * (lift - known.lift);
    known.sinceTried = 0;
    if (!wasExpected || !paid) known.hope += weight * (Number(paid) - known.hope);
  }

  #of(shape: string): Shape {
    let known = this.#shapes.get(shape);
    if (known === undefined) known = { lift: 0, hope: hopeAtFirst, sinceTried: 0 };
    // Last in the map's order: it is the most recently used.
    this.#shapes.delete(shape);
    this.#shapes.set(shape, known);
    if (this.#shapes.size > mostShapes) this.#shapes.delete(this.#shapes.keys().next().value!);
    return known;
  }
}
