/**
 * "franca/testing": a Franca server inside a test, in milliseconds, on a port that is free, with faults to switch on and off.
 */
import type { Dialect } from "../dialect.ts";
import { francaDialect } from "../dialects/franca/dialect.ts";
import { qdrantDialect } from "../dialects/qdrant/dialect.ts";
import { loadKernel } from "../engine/kernel/load.ts";
import { open } from "../engine/open.ts";
import { badInput } from "../model/bad-input.ts";
import type { Guard } from "../server/guard.ts";
import type { Limits } from "../server/limits.ts";
import { serve } from "../server/serve.ts";
import type { Store } from "../store.ts";
import { type Fault, Faults } from "./faults.ts";
import { faultyStore } from "./faulty-store.ts";
import { PastStore } from "./past-store.ts";
import { TestClock } from "./test-clock.ts";
import { guardOfKeys, type TestKey } from "./test-keys.ts";
import { relayTo } from "./wire-faults.ts";

export type { Fault, FaultScope, SetFault } from "./faults.ts";
export type { TestClock } from "./test-clock.ts";
export type { TestKey } from "./test-keys.ts";
export type { Faults };

export interface TestServerOptions {
  /** Default: an empty one in memory, closed with the server. One that is given stays open. */
  store?: Store;
  /** Default: all, each on a port of its own. */
  dialects?: readonly Dialect[];
  limits?: Partial<Limits>;
  guard?: Guard;
  /** Who may come in with what; without any, everybody may do everything. Not beside a guard. */
  keys?: readonly TestKey[];
  /** Of faults with a probability. Default 1. */
  seed?: number;
}

export interface TestServer {
  /** Of the first dialect: "http://127.0.0.1:41234". */
  readonly url: `http://${string}`;
  readonly urls: { readonly [dialect: string]: `http://${string}` };
  /** host:port, of the dialects that have gRPC. Faults on the wire strike HTTP/1 only. */
  readonly grpcAddresses: { readonly [dialect: string]: string };
  /** What is served, without faults. */
  readonly store: Store;
  readonly faults: Faults;
  /** What deadlines, waits, rates and the expiry of keys go by. */
  readonly clock: TestClock;
  stop(): Promise<void>;
}

/** Parallel servers do not disturb each other. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { dialects = [francaDialect, qdrantDialect], limits, seed = 1 } = options;
  const clock = new TestClock();
  const kernel = await loadKernel();
  const store = options.store ?? (await open(":memory:", { sampleRecall: 0 }));
  const past = new PastStore(store);
  const faults = new Faults(seed, async (fault: Fault) => {
    if (fault.kind === "stale") await past.begin();
  });
  const served = faultyStore(store, faults, past, clock);
  const guard = guardIn(options, served, clock);
  const server = await serve({
    store: served,
    dialects,
    readJson: (bytes, shape) => kernel.readJson(bytes, shape),
    ports: Object.fromEntries(dialects.map(({ name }) => [name, { rest: 0, grpc: 0 }])),
    ...(limits && { limits }),
    ...(guard && { guard }),
    clock,
  });
  const relays = await Promise.all(
    Object.entries(server.addresses).map(async ([name, address]) => ({
      name,
      ...(await relayTo(Number(new URL(address).port), faults)),
    })),
  );
  const urls = Object.fromEntries(
    relays.map(({ name, port }) => [name, `http://127.0.0.1:${port}` as const]),
  );
  return {
    url: urls[dialects[0]!.name]!,
    urls,
    grpcAddresses: server.grpcAddresses,
    store,
    faults,
    clock,
    async stop() {
      await Promise.all(relays.map((relay) => relay.stop()));
      await server.stop();
      await past.close();
      if (options.store === undefined) await store.close();
    },
  };
}

/** @throws FrancaError invalid_argument */
function guardIn({ guard, keys }: TestServerOptions, store: Store, clock: TestClock): Guard | undefined {
  if (keys === undefined) return guard;
  if (guard !== undefined) throw badInput("startServer", "keys or a guard, not both");
  return guardOfKeys(keys, store, clock);
}
