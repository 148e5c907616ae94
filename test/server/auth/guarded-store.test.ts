/** What a key allows is what a naive table says, for random keys and random calls; and nothing is told of what it may not see. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FrancaError } from "../../../src/errors.ts";
import { type Collection, type EngineStore, open, type Store } from "../../../src/index.ts";
import { Grant } from "../../../src/server/auth/grant.ts";
import { guardedStore } from "../../../src/server/auth/guarded-store.ts";
import { type Role, roles } from "../../../src/server/auth/key.ts";
import "../../seed.ts";
import { makeKey } from "./keys.ts";

const schema = { vectors: { body: { dimension: 2 } } } as const;
const collections = ["alpha", "beta", "secret_plans", "team_x", "team_y"];
/** Some within a scope that point out of it, some the other way round. */
const aliases: { [alias: string]: string } = {
  latest: "alpha",
  team_alias: "secret_plans",
  public: "team_x",
  secret_alias: "beta",
};
const names = [...collections, ...Object.keys(aliases), "missing", "team_missing"];

const calls: { [method: string]: { role: Role; run: (store: Store, name: string) => Promise<unknown> } } = {
  collection: { role: "read", run: (store, name) => store.collection(name) },
  describe: { role: "read", run: (store, name) => store.describe(name) },
  ...Object.fromEntries(
    (
      [
        ["get", "read", (c) => c.get([1])],
        ["query", "read", (c) => c.query({ nearest: [1, 0], limit: 1 } as never)],
        ["scroll", "read", (c) => c.scroll()],
        ["count", "read", (c) => c.count()],
        ["facet", "read", (c) => c.facet({ field: "kind" } as never)],
        ["stats", "read", (c) => c.stats()],
        ["upsert", "write", (c) => c.upsert([{ id: 1, vectors: { body: [1, 0] } }] as never)],
        ["update", "write", (c) => c.update({ ids: [1] }, { setPayload: { kind: "x" } })],
        ["delete", "write", (c) => c.delete({ ids: [1] })],
        ["optimize", "write", (c) => c.optimize()],
      ] as [string, Role, (c: Collection) => Promise<unknown>][]
    ).map(([method, role, run]) => [
      method,
      { role, run: async (store: Store, name: string) => run(await store.collection(name), ...[]) },
    ]),
  ),
  create: { role: "admin", run: (store, name) => store.create(name, schema) },
  drop: { role: "admin", run: (store, name) => store.drop(name) },
  alter: {
    role: "admin",
    run: (store, name) => store.alter(name, { addPayload: { tag: { type: "keyword" } } } as never),
  },
  "setAlias to alpha": { role: "admin", run: (store, name) => store.setAlias(name, "alpha") },
  "setAlias of team_new": { role: "admin", run: (store, name) => store.setAlias("team_new", name) },
  dropAlias: { role: "admin", run: (store, name) => store.dropAlias(name) },
};

type Verdict = "allowed" | "permission_denied" | "not_found";

/** What should come of it, said as plainly as can be. */
function table(method: string, name: string, role: Role, patterns: string[] | undefined): Verdict {
  const within = (one: string) =>
    patterns === undefined ||
    patterns.some((p) => (p.endsWith("*") ? one.startsWith(p.slice(0, -1)) : one === p));
  const { role: needed } = calls[method]!;
  const hasRole = roles.indexOf(role) >= roles.indexOf(needed);
  if (method === "create" || method === "drop")
    return hasRole && within(name) ? "allowed" : "permission_denied";
  if (method === "dropAlias" || method === "setAlias to alpha" || method === "setAlias of team_new") {
    if (!hasRole) return "permission_denied";
    const [alias, target] = method === "setAlias of team_new" ? ["team_new", name] : [name, "alpha"];
    const others = method === "dropAlias" ? [alias] : [alias, target];
    if (!others.every(within)) return "permission_denied";
    return alias in aliases && !within(aliases[alias]!) ? "permission_denied" : "allowed";
  }
  // All else is about one collection, whatever it is called.
  if (method === "alter" && !hasRole) return "permission_denied";
  const real = aliases[name] ?? name;
  if (!within(name) && !(name in aliases && within(real))) return "permission_denied";
  if (!within(real)) return "not_found";
  if (!collections.includes(real)) return "not_found";
  return hasRole ? "allowed" : "permission_denied";
}

/** A store with nothing in it but names: what is tried is who gets through. Each call is counted. */
async function standing(whole: EngineStore): Promise<void> {
  for (const name of collections) await whole.create(name, schema, { ifExists: "open" });
  for (const [alias, target] of Object.entries(aliases)) await whole.setAlias(alias, target);
}

async function verdictOf(
  run: () => Promise<unknown>,
): Promise<{ verdict: Verdict | string; error?: FrancaError }> {
  try {
    await run();
    return { verdict: "allowed" };
  } catch (error) {
    if (!(error instanceof FrancaError)) throw error;
    return { verdict: error.code, error };
  }
}

const scopes = fc.option(
  fc.uniqueArray(fc.constantFrom("alpha", "beta", "team_*", "team_x", "secret*", "latest", "m*", "*"), {
    minLength: 1,
    maxLength: 3,
  }),
  { nil: undefined },
);

describe("a guarded store", () => {
  let whole: EngineStore;
  beforeAll(async () => {
    whole = await open(":memory:");
    await standing(whole);
  });
  afterAll(() => whole.close());

  it("allows exactly what a naive table says, and names nothing that is out of scope", async () => {
    const key = fc.record({ role: fc.constantFrom(...roles), patterns: scopes });
    const call = fc.record({
      method: fc.constantFrom(...Object.keys(calls)),
      name: fc.constantFrom(...names),
    });
    await fc.assert(
      fc.asyncProperty(key, call, async ({ role, patterns }, { method, name }) => {
        const made = makeKey("k", role, patterns && { collections: patterns });
        const inner = await open(":memory:");
        try {
          await standing(inner);
          const store = guardedStore(() => inner, new Grant(made.key));
          const expected = table(method, name, role, patterns);
          const { verdict, error } = await verdictOf(() => calls[method]!.run(store, name));
          // What the store itself refuses (a name that is taken, an undeclared field) was allowed.
          const own = ["already_exists", "invalid_argument", "failed_precondition"];
          const isInner =
            own.includes(verdict) || (verdict === "not_found" && method === "setAlias of team_new");
          expect(isInner ? "allowed" : verdict).toBe(expected);
          if (error !== undefined && patterns !== undefined) {
            const hidden = collections.filter(
              (one) =>
                table("describe", one, "read", patterns) !== "allowed" &&
                one !== name &&
                !method.endsWith(one),
            );
            for (const one of hidden)
              expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain(one);
          }
          const seen = collections.filter((one) => table("describe", one, "read", patterns) === "allowed");
          if (expected !== "allowed") {
            expect(await store.list()).toEqual(seen);
            expect(await inner.list()).toEqual(collections);
            expect(await inner.aliases()).toEqual(aliases);
          }
        } finally {
          await inner.close();
        }
      }),
      { numRuns: 400 },
    );
  });

  it("says the same of a name out of scope whether there is such a collection or not", async () => {
    const { key } = makeKey("narrow", "admin", { collections: ["team_*"] });
    const store = guardedStore(() => whole, new Grant(key));
    for (const run of [
      (name: string) => store.collection(name),
      (name: string) => store.describe(name),
      (name: string) => store.drop(name),
      (name: string) => store.create(name, schema),
      (name: string) => store.alter(name, {}),
    ]) {
      const told = async (name: string) => {
        const { error } = await verdictOf(() => run(name));
        return [error?.code, error?.message.replace(name, "…"), Object.keys(error?.details ?? {})];
      };
      expect(await told("secret_plans")).toEqual(await told("nothing_here"));
    }
  });

  it("says of an alias that points out of the scope what it says of a name that is not there", async () => {
    const { key } = makeKey("narrow", "admin", { collections: ["team_*"] });
    const store = guardedStore(() => whole, new Grant(key));
    const { error } = await verdictOf(() => store.collection("team_alias", schema));
    const { error: missing } = await verdictOf(() => store.collection("team_other"));
    expect(error?.message.replace("team_alias", "team_other")).toBe(missing?.message);
    expect(error?.message).toContain("team_x, team_y");
    expect(await store.aliases()).toEqual({ public: "team_x" });
  });

  it("moves and drops no alias that points out of the scope, though its name is within", async () => {
    const { key } = makeKey("narrow", "admin", { collections: ["team_*", "alpha"] });
    const store = guardedStore(() => whole, new Grant(key));
    const refused = { code: "permission_denied" };
    await expect(store.setAlias("team_alias", "alpha")).rejects.toMatchObject(refused);
    await expect(store.dropAlias("team_alias")).rejects.toMatchObject(refused);
    await expect(store.setAlias("team_new", "beta")).rejects.toMatchObject(refused);
    await expect(store.setAlias("latest", "team_x")).rejects.toMatchObject(refused);
    expect(await whole.aliases()).toEqual(aliases);
    await store.setAlias("team_new", "team_x");
    expect(await store.dropAlias("team_new")).toBe(true);
  });

  it("takes its power from a key that is revoked or narrowed, over what its holder has in hand", async () => {
    const { key } = makeKey("ali", "write");
    const grant = new Grant(key);
    const store = guardedStore(() => whole, grant);
    const held = await store.collection("alpha");
    expect(await held.count()).toMatchObject({ count: 0 });
    grant.become({ ...key, role: "read" });
    await expect(held.delete({ ids: [1] })).rejects.toMatchObject({ code: "permission_denied" });
    grant.become(makeKey("ali", "write", { collections: ["beta"] }).key);
    await expect(held.count()).rejects.toMatchObject({ code: "permission_denied" });
    grant.become(undefined);
    await expect(held.count()).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(store.list()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("ends with its key's time", async () => {
    const { key } = makeKey("short", "read", { expiresMs: Date.now() + 50 });
    const held = await guardedStore(() => whole, new Grant(key)).collection("alpha");
    await held.count();
    await expect
      .poll(
        () =>
          held.count().then(
            () => "counted",
            (error) => error.code,
          ),
        { timeout: 5_000 },
      )
      .toBe("unauthenticated");
  });

  it("is closed only by an admin of all collections", async () => {
    const inner = await open(":memory:");
    const close = (role: Role, patterns?: string[]) =>
      guardedStore(
        () => inner,
        new Grant(makeKey("k", role, patterns && { collections: patterns }).key),
      ).close();
    await expect(close("write")).rejects.toMatchObject({ code: "permission_denied" });
    await expect(close("admin", ["a*"])).rejects.toMatchObject({ code: "permission_denied" });
    await close("admin");
    await expect(inner.list()).rejects.toMatchObject({ code: "failed_precondition" });
  });
});
