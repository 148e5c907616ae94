/** Which store is the primary now, and the collections of both, opened once. */
import type { Collection, Store } from "../../store.ts";

export class Roles {
  primary: Store;
  secondary: Store;
  readonly #opened: Map<Store, Map<string, Promise<Collection>>> = new Map();

  constructor(primary: Store, secondary: Store) {
    this.primary = primary;
    this.secondary = secondary;
  }

  ofPrimary(name: string): Promise<Collection> {
    return this.#open(this.primary, name);
  }

  ofSecondary(name: string): Promise<Collection> {
    return this.#open(this.secondary, name);
  }

  swap(): void {
    [this.primary, this.secondary] = [this.secondary, this.primary];
  }

  /** After a collection was made, dropped or altered. */
  forget(name: string): void {
    for (const opened of this.#opened.values()) opened.delete(name);
  }

  #open(store: Store, name: string): Promise<Collection> {
    const opened = this.#opened.get(store) ?? new Map<string, Promise<Collection>>();
    this.#opened.set(store, opened);
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = store.collection(name) as Promise<Collection>;
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  }
}
