/**
 * Recall of several queries as a share with its uncertainty: hits of queries, not single hits, are independent, so the
 * interval is Wilson's (1927) with the effective number of hits wanted, by the design effect of cluster sampling.
 */

/** One-sided 99 %: of ten thousand lower bounds, one hundred lie above the truth. */
export const oneSided = 2.326;
/** Two-sided 95 %. */
export const twoSided = 1.96;

export interface Estimate {
  recall: number;
  low: number;
  high: number;
  /** Queries. */
  samples: number;
}

/** What queries found of what there was to find. */
export class Tally {
  readonly #found: number[] = [];
  readonly #wanted: number[] = [];

  get samples(): number {
    return this.#found.length;
  }

  add(found: number, wanted: number): void {
    this.#found.push(found);
    this.#wanted.push(wanted);
  }

  /** Forgets the oldest samples until `most` are left. */
  keep(most: number): void {
    if (this.samples <= most) return;
    this.#found.splice(0, this.samples - most);
    this.#wanted.splice(0, this.#wanted.length - most);
  }

  /** @param z standard deviations to each side */
  estimate(z: number): Estimate {
    const { samples } = this;
    const wanted = sum(this.#wanted);
    if (wanted === 0) return { recall: 1, low: 0, high: 1, samples };
    const recall = sum(this.#found) / wanted;
    const { low, high } = wilson(recall, wanted / this.#designEffect(recall, wanted), z);
    return { recall, low, high, samples };
  }

  /**
   * How much more a query's hits vary than independent ones would. At least √k, since near perfect recall it shows in
   * so few queries that it cannot be seen; at most k, where a query finds all or nothing.
   */
  #designEffect(recall: number, wanted: number): number {
    const { samples } = this;
    const perQuery = wanted / samples;
    const independent = recall * (1 - recall) * wanted;
    if (independent === 0 || samples < 2) return Math.sqrt(perQuery);
    let squares = 0;
    for (let i = 0; i < samples; i++) squares += (this.#found[i]! - recall * this.#wanted[i]!) ** 2;
    const seen = (squares * samples) / (samples - 1) / independent;
    return Math.min(perQuery, Math.max(Math.sqrt(perQuery), seen));
  }
}

function wilson(share: number, count: number, z: number): { low: number; high: number } {
  const zz = z * z;
  const centre = (share + zz / (2 * count)) / (1 + zz / count);
  const half = (z / (1 + zz / count)) * Math.sqrt((share * (1 - share)) / count + zz / (4 * count * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, x) => total + x, 0);
}
