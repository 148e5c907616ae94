/** Names that clients choose, as values of a label: the first so many by name, the rest as "other". */

export class BoundedNames {
  readonly rest = "other";
  readonly #names = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  labelOf(name: string): string {
    if (this.#names.has(name)) return name;
    // A collection that is called so shares the label, rather than hides the rest.
    if (name === this.rest || this.#names.size >= this.#most) return this.rest;
    this.#names.add(name);
    return name;
  }

  /** Those that have a label of their own. */
  all(): readonly string[] {
    return [...this.#names];
  }

  /** Gives its place to another. */
  forget(name: string): boolean {
    return this.#names.delete(name);
  }
}
