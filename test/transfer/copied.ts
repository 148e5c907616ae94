/** Stores to copy between, and collections with every awkward value. */

import { onTestFinished } from "vitest";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { open } from "../../src/open.ts";
import { serve } from "../../src/server/serve.ts";
import type { Collection, Store } from "../../src/store.ts";

export async function memory(): Promise<Store> {
  const store = await open(":memory:");
  onTestFinished(() => store.close());
  return store;
}

/** A store that is a server in this process. */
export async function served(): Promise<Store> {
  const engine = await open(":memory:");
  const server = await serve({
    store: engine,
    dialects: [francaDialect],
    readJson: (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    ports: { franca: { rest: 0, grpc: 0 } },
  });
  const store = await open(server.addresses.franca as `http://${string}`);
  onTestFinished(async () => {
    await store.close();
    await server.stop();
    await engine.close();
  });
  return store;
}

/** Many points with ids of both kinds, the largest ones included. */
export async function filled(store: Store, name: string, points: number): Promise<Collection> {
  const collection = await store.create(name, {
    vectors: { v: { dimension: 8 }, w: { dimension: 2, metric: "euclidean" } },
    payload: { year: { type: "integer" }, text: { type: "text", language: "none" } },
  });
  await collection.upsert(
    Array.from({ length: points }, (_, i) => ({
      id: i % 3 === 0 ? `s${i}` : i % 3 === 1 ? i : 2n ** 64n - BigInt(i),
      vectors: {
        v: Float32Array.from({ length: 8 }, (_, at) => Math.sin(i * 8 + at + 1)),
        ...(i % 2 === 0 && { w: [i, -0] }),
      },
      payload: { year: i, text: `word${i} ü`, nested: { b: [1, null], a: { "": i } } },
    })),
  );
  return collection as unknown as Collection;
}

/** The same store with some of its methods replaced; collections too. */
export function around(
  store: Store,
  replaced: Partial<Store>,
  collection: (own: Collection) => Partial<Collection> = () => ({}),
): Store {
  const wrapped = (own: Collection): Collection => proxied(own, collection(own));
  const methods: Partial<Store> = {
    create: (async (...args: Parameters<Store["create"]>) =>
      wrapped(await store.create(...args))) as Store["create"],
    collection: (async (...args: Parameters<Store["collection"]>) =>
      wrapped(await store.collection(...args))) as Store["collection"],
    ...replaced,
  };
  return proxied(store, methods);
}

function proxied<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(own, key) {
      if (Object.hasOwn(replaced, key)) return replaced[key as keyof T];
      const value = Reflect.get(own, key, own);
      return typeof value === "function" ? value.bind(own) : value;
    },
  });
}
