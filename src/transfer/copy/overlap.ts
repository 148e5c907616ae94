/** Whether two collections answer alike: the same vectors asked of both, and how many of the nearest k are the same. */
import { idKey } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Hit } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { type RepeatOptions, repeated } from "./repeated.ts";

export interface SampleQuery {
  /** May be left out where the collection has one vector field. */
  field?: string;
  vector: Float32Array | readonly number[];
}

export interface Overlap {
  k: number;
  queries: number;
  /** Both scan exactly. 1 where the vectors are the same. */
  exact: { mean: number; worst: number };
  /** With default parameters: approximate on both sides, each in its own way. */
  usual: { mean: number; worst: number };
  /** Share of the exact answer that each finds with default parameters, on average. */
  recall: { source: number; target: number };
}

const k = 10;

/** @throws FrancaError of both collections */
export async function overlapOf(
  source: Collection,
  target: Collection,
  queries: readonly SampleQuery[],
  options: RepeatOptions = {},
): Promise<Overlap | undefined> {
  if (queries.length === 0) return undefined;
  const measured = { exact: [], usual: [], source: [], target: [] } as { [of: string]: number[] };
  for (const query of queries) {
    const field = query.field ?? Object.keys(source.schema.vectors)[0]!;
    const ask = async (collection: Collection, exact: boolean): Promise<Hit[]> => {
      const request = {
        nearest: query.vector,
        field,
        limit: k,
        select: { payload: false },
        params: { exact },
        ...(options.signal && { signal: options.signal }),
      };
      return (await repeated(() => collection.query(request), options)).hits;
    };
    const [exactThere, exactHere, usualThere, usualHere] = await Promise.all([
      ask(source, true),
      ask(target, true),
      ask(source, false),
      ask(target, false),
    ]);
    measured.exact!.push(shared(exactThere, exactHere));
    measured.usual!.push(shared(usualThere, usualHere));
    measured.source!.push(shared(usualThere, exactThere));
    measured.target!.push(shared(usualHere, exactHere));
  }
  return {
    k,
    queries: queries.length,
    exact: summary(measured.exact!),
    usual: summary(measured.usual!),
    recall: { source: summary(measured.source!).mean, target: summary(measured.target!).mean },
  };
}

/**
 * The share of hits that both have. Of points at one distance it is chance which come into the first k, and rounding is
 * not the same everywhere: a hit just as good as the other's last one counts.
 */
function shared(a: readonly Hit[], b: readonly Hit[]): number {
  const most = Math.max(a.length, b.length);
  if (most === 0) return 1;
  const ids = new Set(b.map(({ id }) => idKey(id)));
  const last = b.at(-1)?.score ?? Number.NaN;
  const slack = 1e-5 * Math.max(1, Math.abs(last));
  const isTied = (score: number): boolean => a.length === b.length && Math.abs(score - last) <= slack;
  return a.filter(({ id, score }) => ids.has(idKey(id)) || isTied(score)).length / most;
}

function summary(values: readonly number[]): { mean: number; worst: number } {
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length, worst: Math.min(...values) };
}

/** Some points' vectors, of all that pass by with equal chances (reservoir: Vitter's algorithm R, 1985), the same every time. */
export class VectorSample {
  readonly #size: number;
  readonly #kept: Map<string, SampleQuery[]> = new Map();
  readonly #seen: Map<string, number> = new Map();
  #state = 42;

  /** @param size of each field */
  constructor(size: number) {
    this.#size = size;
  }

  add({ vectors = {} }: StoredPoint): void {
    for (const [field, vector] of Object.entries(vectors)) {
      const seen = (this.#seen.get(field) ?? 0) + 1;
      this.#seen.set(field, seen);
      const kept = this.#kept.get(field) ?? [];
      this.#kept.set(field, kept);
      const place = kept.length < this.#size ? kept.length : Math.floor(this.#random() * seen);
      if (place < this.#size) kept[place] = { field, vector: vector! };
    }
  }

  queries(): SampleQuery[] {
    return [...this.#kept.values()].flat();
  }

  /** Mulberry32. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }
}
