/**
 * What every Store promises: src/store.ts as laws. The engine, remote servers and vendors' services all run this suite; its parts
 * are in `store/`. What a store says it cannot do is skipped, with the reason; all else is not negotiable.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Store } from "../../src/store.ts";
import { catalogLaws } from "./store/catalog.ts";
import { closingLaws } from "./store/closing.ts";
import { errorLaws } from "./store/errors.ts";
import { programLaws } from "./store/programs.ts";
import { queryLaws } from "./store/queries.ts";
import { readLaws } from "./store/reads.ts";
import { vectorLaws } from "./store/vectors.ts";
import { writeLaws } from "./store/writes.ts";

export interface Contracted {
  name: string;
  /** An empty store; `end` closes it and removes what it needed. */
  make(): Promise<{ store: Store; end(): Promise<void> }>;
  /** Laws that it cannot keep, by their title, and why. A title that there is not is an error. */
  skips?: { readonly [law: string]: string };
}

/** The store of the suite, there as soon as its tests run; `law` is a test that may be skipped. */
export interface Suite {
  readonly store: Store;
  /** A name that no other law uses. */
  fresh(): string;
  law(title: string, test: () => Promise<void>): void;
}

export function storeContract({ name, make, skips = {} }: Contracted): void {
  describe(`the contract of a store, by ${name}`, () => {
    let made: Awaited<ReturnType<Contracted["make"]>>;
    let names = 0;
    const titles = new Set<string>();
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.end());

    const suite: Suite = {
      get store() {
        return made.store;
      },
      fresh: () => `contract-${names++}`,
      law(title, test) {
        titles.add(title);
        const reason = skips[title];
        if (reason === undefined) it(title, test);
        else it.skip(`${title} (skipped: ${reason})`, test);
      },
    };
    catalogLaws(suite);
    writeLaws(suite);
    readLaws(suite);
    queryLaws(suite);
    vectorLaws(suite);
    errorLaws(suite);
    programLaws(suite);
    closingLaws(suite);

    it("skips only laws that there are", () => {
      expect(Object.keys(skips).filter((title) => !titles.has(title))).toEqual([]);
      console.log(`store contract: ${name}: ${titles.size} laws, ${Object.keys(skips).length} skipped`);
      for (const [law, reason] of Object.entries(skips)) console.log(`  skipped: ${law}: ${reason}`);
    });
  });
}
