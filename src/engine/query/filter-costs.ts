/**
 * What filtering one collection has taught: what bitsets and payloads cost here, how often conditions hold that no index
 * answers, and how far combined conditions are from being independent. Bounded, the least recently used forgotten.
 */
import type { PayloadIndexes } from "../view.ts";

/** So much of a new observation goes into an average. */
const weight = 0.2;
/** A measurement that is this many times off says more of the machine's other work than of the filter. */
const outlier = 4;
const mostShapes = 512;
/** Conditions are believed to depend on each other by no more than this factor. */
const mostDependence = 1000;

export class FilterCosts {
  /** Of one payload read and looked at; a guess until it is measured. */
  payloadMs = 0.003;
  /** Of one entry of an index put into a bitset; a guess until it is measured. */
  entryMs = 2e-6;
  /** Logarithms: actual count over the count if conditions were independent, by shape of conjunction. */
  readonly #dependence = new Recent();
  /** Shares of the payloads read that held, by shape of filter. */
  readonly #passing = new Recent();

  sawPayloads(count: number, ms: number): void {
    if (count > 0) this.payloadMs = averaged(this.payloadMs, ms / count);
  }

  sawEntries(count: number, ms: number): void {
    // Below this the time is that of other things.
    if (count > 10_000) this.entryMs = averaged(this.entryMs, ms / count);
  }

  /** The factor by which to correct an estimate that takes the conditions of `shape` for independent. */
  dependence(shape: string): number | undefined {
    const logarithm = this.#dependence.get(shape);
    return logarithm === undefined ? undefined : Math.exp(logarithm);
  }

  sawTogether(shape: string, independent: number, actual: number): void {
    if (independent < 1) return;
    const factor = Math.max(0.5, actual) / independent;
    const believed = Math.min(Math.max(factor, 1 / mostDependence), mostDependence);
    this.#dependence.average(shape, Math.log(believed));
  }

  /** The share of payloads in doubt that hold, if it was seen. */
  passing(shape: string): number | undefined {
    return this.#passing.get(shape);
  }

  sawPassing(shape: string, read: number, held: number): void {
    if (read > 0) this.#passing.average(shape, held / read);
  }
}

function averaged(average: number, measured: number): number {
  const believed = Math.min(Math.max(measured, average / outlier), average * outlier);
  return average + weight * (believed - average);
}

const known = new WeakMap<PayloadIndexes, FilterCosts>();

export function filterCostsOf(indexes: PayloadIndexes): FilterCosts {
  let costs = known.get(indexes);
  if (costs === undefined) {
    costs = new FilterCosts();
    known.set(indexes, costs);
  }
  return costs;
}

/** Averages by name. */
class Recent {
  readonly #averages = new Map<string, number>();

  get(name: string): number | undefined {
    return this.#averages.get(name);
  }

  average(name: string, observed: number): void {
    const before = this.#averages.get(name);
    // Last in the map's order: it is the most recently used.
    this.#averages.delete(name);
    this.#averages.set(name, before === undefined ? observed : before + weight * (observed - before));
    if (this.#averages.size > mostShapes) this.#averages.delete(this.#averages.keys().next().value!);
  }
}
