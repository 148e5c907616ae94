/** How far a copy is, kept four times a second at most, and when it stops. */
import type { PointId } from "../../model/id.ts";
import type { CopyPlan } from "./plan.ts";
import {
  type CollectionState,
  type CopyState,
  type CopyStateKeeper,
  decodeId,
  encodeId,
  expectSameCopy,
  identityOf,
} from "./state.ts";

const saveEveryMs = 250;

export class Journey {
  readonly #state: CopyState;
  readonly #keeper: CopyStateKeeper | undefined;
  #saving: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | undefined;
  #savedMs = 0;

  /** @throws FrancaError failed_precondition for the state of another copy, data_loss for a damaged one */
  static async begin(
    plan: CopyPlan,
    places: { from: string; to: string },
    keeper: CopyStateKeeper | undefined,
  ): Promise<Journey> {
    const identity = identityOf(plan, places);
    const kept = await keeper?.load();
    if (kept !== undefined) expectSameCopy(kept, identity);
    const fresh = (): CollectionState => ({ points: 0, isDone: false });
    const collections = Object.fromEntries(plan.collections.map(({ from }) => [from, fresh()]));
    const state = kept ?? { version: 1, copy: identity, collections };
    // A collection that has gone from the target is copied from its beginning, whatever was said of it.
    for (const { from, pointsThere } of plan.collections) {
      if (pointsThere === undefined) state.collections[from] = fresh();
    }
    return new Journey(state, keeper);
  }

  private constructor(state: CopyState, keeper: CopyStateKeeper | undefined) {
    this.#state = state;
    this.#keeper = keeper;
  }

  /** Points that are in the target, those of earlier runs included. */
  get points(): number {
    return Object.values(this.#state.collections).reduce((sum, { points }) => sum + points, 0);
  }

  /** An earlier run has passed over everything. */
  get isPassed(): boolean {
    const all = Object.values(this.#state.collections);
    return all.length > 0 && all.every(({ isDone }) => isDone);
  }

  of(collection: string): CollectionState {
    return this.#state.collections[collection]!;
  }

  after(collection: string): PointId | undefined {
    const { after } = this.of(collection);
    return after === undefined ? undefined : decodeId(after);
  }

  confirm(collection: string, last: PointId, points: number): void {
    const own = this.of(collection);
    own.after = encodeId(last);
    own.points += points;
    if (performance.now() - this.#savedMs < saveEveryMs) return;
    // Told by the next save that is waited for.
    this.save().catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  /** One after the other, each with the newest state. @throws what the keeper throws */
  save(): Promise<void> {
    this.#savedMs = performance.now();
    this.#saving = this.#saving.catch(() => {}).then(async () => this.#keeper?.save(this.#state));
    return this.#saving.then(() => {
      if (this.#failure !== undefined) throw this.#failure.error;
    });
  }
}
