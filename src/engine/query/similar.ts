/** How similar all that may be ranked is to one example after the other. */
import type { CheckedExample, ExampleVector } from "../../model/checked-query.ts";
import { emptyBitset, orInto } from "../bitset.ts";
import type { CollectionView } from "../view.ts";
import { vectorOf } from "./nearest.ts";
import type { Scope } from "./ranked.ts";
import { similarities } from "./similarities.ts";

/** Similarities of the allowed slots to examples, by slot: larger is more similar, in every metric. */
export class Similar {
  examples = 0;
  /** Those that have the field. */
  readonly slots: Uint32Array;
  readonly #view: CollectionView;
  readonly #field: string;
  readonly #scope: Pick<Scope, "allow" | "signal">;

  constructor(view: CollectionView, field: string, scope: Pick<Scope, "allow" | "signal">) {
    this.#view = view;
    this.#field = field;
    this.#scope = scope;
    this.slots = emptyBitset(scope.allow.length * 32);
  }

  async to(example: CheckedExample): Promise<Float32Array> {
    return this.toVector(await vectorOf(this.#view, { field: this.#field, from: example }));
  }

  async toVector(vector: ExampleVector): Promise<Float32Array> {
    const field = this.#field;
    const { allow, signal } = this.#scope;
    const { slots, scores, largerIsBetter } = await similarities(this.#view, field, vector, allow, signal);
    orInto(this.slots, slots);
    this.examples += 1;
    const similar = Float32Array.from(scores);
    if (largerIsBetter) return similar;
    const isSquared = metricOf(this.#view, field) === "euclidean";
    for (let slot = 0; slot < similar.length; slot++) {
      const distance = similar[slot]!;
      similar[slot] = isSquared ? -(distance * distance) : -distance;
    }
    return similar;
  }

  async toEach(examples: readonly CheckedExample[]): Promise<Float32Array[]> {
    const each: Float32Array[] = [];
    for (const example of examples) each.push(await this.to(example));
    return each;
  }

  async toPairs(
    pairs: readonly { positive: CheckedExample; negative: CheckedExample }[],
  ): Promise<[positive: Float32Array, negative: Float32Array][]> {
    const each: [Float32Array, Float32Array][] = [];
    for (const { positive, negative } of pairs) each.push([await this.to(positive), await this.to(negative)]);
    return each;
  }
}

function metricOf({ vectorFields, multiFields }: CollectionView, field: string): string | undefined {
  const fields = Object.hasOwn(vectorFields, field) ? vectorFields : multiFields;
  return fields[field]?.metric;
}
