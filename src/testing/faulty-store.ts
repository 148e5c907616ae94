/** A Store over a Store that is struck by faults. */
import { FrancaError } from "../errors.ts";
import type { Clock } from "../server/clock.ts";
import type { Collection, Store } from "../store.ts";
import type { Faults } from "./faults.ts";
import type { PastStore } from "./past-store.ts";

const reads: ReadonlySet<string> = new Set(["get", "query", "scroll", "count", "facet"]);
const writes: ReadonlySet<string> = new Set(["upsert", "update", "delete"]);

export function faultyStore(store: Store, faults: Faults, past: PastStore, clock: Clock): Store {
  return new Proxy(store, {
    get(target, key) {
      const member = Reflect.get(target, key);
      if (typeof member !== "function" || typeof key !== "string") return member;
      return async (...given: unknown[]) => {
        const name = typeof given[0] === "string" ? given[0] : undefined;
        await strike(faults, clock, key, name);
        const result = await member.apply(target, given);
        if (key === "drop") past.drop(name!);
        return key === "create" || key === "collection"
          ? faultyCollection(result as Collection, faults, past, clock)
          : result;
      };
    },
  });
}

function faultyCollection(collection: Collection, faults: Faults, past: PastStore, clock: Clock): Collection {
  return new Proxy(collection, {
    get(target, key) {
      const member = Reflect.get(target, key);
      if (typeof member !== "function" || typeof key !== "string") return member;
      return async (...given: unknown[]) => {
        await strike(faults, clock, key, target.name);
        if (reads.has(key)) {
          const stale = faults.strike("stale", { operation: key, collection: target.name });
          if (stale !== undefined) {
            const before = await past.collection(target.name, stale.writes);
            return Reflect.get(before, key).apply(before, given);
          }
        }
        const result = await member.apply(target, given);
        if (writes.has(key)) past.wrote(target.name, key, given);
        return result;
      };
    },
  });
}

async function strike(
  faults: Faults,
  clock: Clock,
  operation: string,
  collection: string | undefined,
): Promise<void> {
  const place = { operation, ...(collection !== undefined && { collection }) };
  const latency = faults.strike("latency", place);
  if (latency !== undefined) await new Promise<void>((resolve) => clock.after(latency.ms, resolve));
  const error = faults.strike("error", place);
  if (error === undefined) return;
  const { code, message = `a fault of the test: ${code}`, retryAfterMs } = error;
  throw new FrancaError(code, message, { details: retryAfterMs === undefined ? {} : { retryAfterMs } });
}
