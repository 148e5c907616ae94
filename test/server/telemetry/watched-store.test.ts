/** A watched Store is the Store: nothing that is asked or answered is lost on the way. */
import { describe, expect, it } from "vitest";
import { open } from "../../../src/index.ts";
import {
  type StoreWatch,
  type WatchedQuery,
  watchedStore,
} from "../../../src/server/telemetry/watched-store.ts";
import type { Collection, Store } from "../../../src/store.ts";

const silent: StoreWatch = { explain: false, found() {}, dropped() {}, queried() {}, wrote() {} };

/** Answers each call with its own arguments. */
function echo(extra: object): object {
  return new Proxy(extra, {
    get: (own, key) =>
      key === "then" ? undefined : key in own ? Reflect.get(own, key) : async (...given: unknown[]) => given,
  });
}

describe("a watched store", () => {
  it("passes every argument of every call on, and every answer back", async () => {
    const inner = echo({ name: "notes", schema: { vectors: {} } }) as Collection;
    const abilities = { name: "echo", text: true, fusion: true, explain: true, aliases: true };
    const store = watchedStore(
      echo({ abilities, create: async () => inner, collection: async () => inner }) as Store,
      silent,
    );
    expect(store.abilities).toBe(abilities);
    const collection = await store.collection("notes");
    expect([collection.name, collection.schema]).toEqual(["notes", { vectors: {} }]);
    const engine = await open(":memory:");
    const real = await engine.create("notes", { vectors: { body: { dimension: 2 } } });
    const methods = (of: object) =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(of)).filter(
        (name) =>
          typeof Object.getOwnPropertyDescriptor(Object.getPrototypeOf(of), name)?.value === "function",
      );
    const own = ["constructor", "create", "collection"];
    let calls = 0;
    for (const [watched, original] of [
      [store, engine],
      [collection, real],
    ] as const) {
      for (const method of methods(watched).filter((name) => !own.includes(name))) {
        const declared = Reflect.get(original, method) as { length: number; toString(): string };
        const given = ["a", "b", "c"].slice(0, parametersOf(declared));
        expect(await Reflect.apply(Reflect.get(watched, method), watched, given), method).toEqual(given);
        calls += 1;
      }
    }
    expect(calls).toBeGreaterThan(15);
    await engine.close();
  });

  it("asks for an explanation where a watch wants one, and hands it to no caller who did not ask", async () => {
    const heard: WatchedQuery[] = [];
    const engine = await open(":memory:");
    const store = watchedStore(engine, { ...silent, explain: true, queried: (query) => heard.push(query) });
    const notes = await store.create("notes", { vectors: { body: { dimension: 2 } } });
    await notes.upsert([{ id: 1, vectors: { body: [1, 0] } }]);
    const plain = await notes.query({ nearest: [1, 0] });
    const asked = await notes.query({ nearest: [1, 0], explain: true });
    expect(Object.keys(plain).sort()).toEqual(
      Object.keys(await (await engine.collection("notes")).query({ nearest: [1, 0] })).sort(),
    );
    expect(asked.explain?.steps?.length).toBe(3);
    expect(heard.map(({ steps }) => steps?.step)).toEqual(["query", "query"]);
    await expect(notes.query(undefined as never)).rejects.toMatchObject({ code: "invalid_argument" });
    await engine.close();
  });
});

/** As written, those with a default included. */
function parametersOf(method: { toString(): string }): number {
  const list = /^\s*(?:async\s+)?\w+\s*\(([^)]*)\)/.exec(method.toString())?.[1] ?? "";
  return list.split(",").filter((one) => one.trim() !== "").length;
}
