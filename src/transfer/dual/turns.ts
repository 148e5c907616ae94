/**
 * Turns by key: work on the same key is done in the order it was asked for, work on different keys at once. Work on "all"
 * waits for everything before it, and everything after it waits.
 */
export class Turns {
  readonly #byKey: Map<string, Promise<void>> = new Map();
  readonly #pending: Set<Promise<void>> = new Set();
  #lastOfAll: Promise<void> = Promise.resolve();

  /** Each waits for earlier ones alone, so that nothing waits in a circle. */
  take<T>(keys: readonly string[] | "all", act: () => Promise<T>): Promise<T> {
    const before =
      keys === "all"
        ? [...this.#pending]
        : [this.#lastOfAll, ...new Set(keys.flatMap((key) => this.#byKey.get(key) ?? []))];
    const work = Promise.all(before).then(act);
    const ended = work.then(
      () => {},
      () => {},
    );
    this.#pending.add(ended);
    if (keys === "all") {
      this.#lastOfAll = ended;
      this.#byKey.clear();
    } else {
      for (const key of keys) this.#byKey.set(key, ended);
    }
    void ended.then(() => {
      this.#pending.delete(ended);
      if (keys === "all") return;
      for (const key of keys) if (this.#byKey.get(key) === ended) this.#byKey.delete(key);
    });
    return work;
  }

  /** When all that was asked for until now has ended. */
  async quiet(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
