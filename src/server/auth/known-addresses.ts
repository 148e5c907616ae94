/** Where a key was shown from: its holder may go on there when somebody beside them is guessing. */
import { addressGroup } from "./address-group.ts";

const mostAddresses = 100;

export class KnownAddresses {
  /** Newest last. */
  readonly #all = new Set<string>();

  has(address: string | undefined): boolean {
    return this.#all.has(addressGroup(address));
  }

  add(address: string | undefined): void {
    const group = addressGroup(address);
    if (this.#all.has(group)) return;
    this.#all.add(group);
    if (this.#all.size > mostAddresses) this.#all.delete(this.#all.values().next().value!);
  }
}
