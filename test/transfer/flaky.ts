/** A store whose writes fail and linger as they are told to, before they are done or after. */
import { FrancaError } from "../../src/errors.ts";
import type { Store } from "../../src/store.ts";
import { around } from "./copied.ts";

export type Fate = "well" | "refused" | "lost";

export interface Faults {
  /** The fate of the next write, and how many turns of the event loop it takes. */
  next(): { fate: Fate; turns: number };
}

export function flaky(store: Store, faults: Faults): Store {
  const faulty =
    <A extends unknown[], T>(act: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const { fate, turns } = faults.next();
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      if (fate === "refused") throw new FrancaError("unavailable", "refused");
      const result = await act(...args);
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
      // Done, and nobody hears of it.
      if (fate === "lost") throw new FrancaError("unavailable", "lost", { details: { outcome: "unknown" } });
      return result;
    };
  return around(
    store,
    {
      drop: faulty((name) => store.drop(name)),
      alter: faulty((name, change) => store.alter(name, change)),
      setAlias: faulty((alias, name) => store.setAlias(alias, name)),
      dropAlias: faulty((alias) => store.dropAlias(alias)),
    },
    (own) => ({
      upsert: faulty((points, options) => own.upsert(points, options)),
      update: faulty((selector, change, options) => own.update(selector, change, options)),
      delete: faulty((selector, options) => own.delete(selector, options)),
    }),
  );
}

export const sound: Faults = { next: () => ({ fate: "well", turns: 0 }) };
