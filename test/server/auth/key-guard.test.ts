/** Who comes in by which key, and what those hear who do not. */

import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { FrancaError } from "../../../src/errors.ts";
import { type EngineStore, open } from "../../../src/index.ts";
import type { Key } from "../../../src/server/auth/key.ts";
import { type KeyGuardOptions, keyGuard } from "../../../src/server/auth/key-guard.ts";
import { Keyring } from "../../../src/server/auth/keyring.ts";
import { systemClock } from "../../../src/server/clock.ts";
import type { Caller, Guard, GuardedRequest } from "../../../src/server/guard.ts";
import { startHosted } from "../hosted.ts";
import { type Made, makeKey } from "./keys.ts";

let store: EngineStore;
beforeAll(async () => {
  store = await open(":memory:");
  await store.create("notes", { vectors: { body: { dimension: 2 } } });
  await store.create("secrets", { vectors: { body: { dimension: 2 } } });
});
afterAll(() => store.close());

interface Tried {
  keyring: Keyring;
  ask(secret?: string, request?: Partial<GuardedRequest>): Promise<Caller>;
  fails(secret?: string, request?: Partial<GuardedRequest>): Promise<FrancaError>;
}

function guardOf(keys: readonly Key[], options: Partial<KeyGuardOptions> = {}): Tried {
  const keyring = new Keyring([]);
  keyring.replace(keys);
  const guard: Guard = keyGuard({ store, keyring, ...options });
  const ask = async (secret?: string, request: Partial<GuardedRequest> = {}): Promise<Caller> =>
    guard.admit({
      dialect: francaDialect,
      access: "read",
      kind: "read",
      remoteAddress: "192.0.2.1",
      header: (name) => (name === "authorization" && secret !== undefined ? `Bearer ${secret}` : undefined),
      ...request,
    });
  const fails: Tried["fails"] = async (secret, request) => {
    const error = await ask(secret, request).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(FrancaError);
    return error as FrancaError;
  };
  return { keyring, ask, fails };
}

describe("a guard with keys", () => {
  const reader = makeKey("reader", "read", { collections: ["notes"] });
  const admin = makeKey("admin", "admin");
  const all = [reader.key, admin.key];

  it("gives the holder of a key the store as that key sees it, under the key's name, and always the same one", async () => {
    const { ask } = guardOf(all);
    const caller = await ask(reader.secret);
    expect([caller.name, await caller.store.list()]).toEqual(["reader", ["notes"]]);
    expect((await ask(reader.secret)).store).toBe(caller.store);
    expect(await (await ask(admin.secret)).store.list()).toEqual(["notes", "secrets"]);
  });

  it("lets everyone through where a route is open, to a store that allows nothing", async () => {
    const { ask } = guardOf(all);
    const caller = await ask(undefined, { access: "open" });
    await expect(caller.store.list()).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("says how to show a key to those who show none", async () => {
    const { fails } = guardOf(all);
    const error = await fails();
    expect(error.code).toBe("unauthenticated");
    expect(error.message).toMatch(/none came.*authorization: Bearer <key>/);
  });

  it("says the same of a key that never was, one that was revoked and one that has expired, and quotes none", async () => {
    const old = makeKey("old", "admin", { expiresMs: Date.now() - 1 });
    const { keyring, ask, fails } = guardOf([...all, old.key]);
    await ask(reader.secret);
    keyring.replace([admin.key, old.key]);
    const wrong = makeKey("never", "admin").secret;
    const errors = [await fails(wrong), await fails(reader.secret), await fails(old.secret)];
    expect(
      new Set(errors.map(({ code, message, details }) => JSON.stringify([code, message, details]))).size,
    ).toBe(1);
    for (const secret of [wrong, reader.secret, old.secret]) {
      expect(JSON.stringify(errors.map(({ message, details }) => [message, details]))).not.toContain(secret);
    }
  });

  it("names the role that is needed and the one that is held", async () => {
    const { fails } = guardOf(all);
    const error = await fails(reader.secret, { access: "admin" });
    expect(error).toMatchObject({ code: "permission_denied", details: { needed: "admin", held: "read" } });
    expect(error.message).toBe(
      'this request needs a key with the role admin; the key "reader" has the role read',
    );
  });

  it("shows what is about the server as a whole, as metrics are, to admins of all collections only", async () => {
    const some = makeKey("some", "admin", { collections: ["notes"] });
    const { ask, fails } = guardOf([...all, some.key]);
    const metrics = { access: "admin", kind: "health" } as const;
    expect((await fails(some.secret, metrics)).code).toBe("permission_denied");
    await ask(admin.secret, metrics);
    await ask(some.secret, { access: "admin", kind: "admin" });
  });

  it("takes a key of any length, and one that differs in its last letter is wrong", async () => {
    const { fails } = guardOf(all);
    for (const secret of ["x", "x".repeat(10_000), `${admin.secret}x`, admin.secret.slice(0, -1)]) {
      expect((await fails(secret)).code).toBe("unauthenticated");
    }
  });
});

describe("a guard against too much", () => {
  const slow = (rate: Key["rate"]): Made => makeKey("slow", "read", rate && { rate });

  it("gives a key its burst, then its rate, and says how long to wait", async () => {
    let nowMs = 0;
    const { key, secret } = slow({ requestsPerSecond: 2, burst: 3 });
    const { ask, fails } = guardOf([key], { clock: { ...systemClock, nowMs: () => nowMs } });
    for (let i = 0; i < 3; i++) await ask(secret);
    expect(await fails(secret)).toMatchObject({ code: "resource_exhausted", details: { retryAfterMs: 500 } });
    nowMs += 499;
    await fails(secret);
    nowMs += 1;
    await ask(secret);
    await fails(secret);
  });

  it("follows a rate that is changed", async () => {
    const { key, secret } = slow({ requestsPerSecond: 1, burst: 1 });
    const { keyring, ask, fails } = guardOf([key], { clock: { ...systemClock, nowMs: () => 0 } });
    await ask(secret);
    await fails(secret);
    const { rate: _, ...unlimited } = key;
    keyring.replace([unlimited]);
    for (let i = 0; i < 100; i++) await ask(secret);
    keyring.replace([{ ...key, rate: { requestsPerSecond: 1, burst: 5 } }]);
    for (let i = 0; i < 5; i++) await ask(secret);
    await fails(secret);
  });

  it("lets an address that showed too many wrong keys wait, with right ones too", async () => {
    let nowMs = 0;
    const { key, secret } = makeKey("ali", "read");
    const wrongKeys = { requestsPerSecond: 1, burst: 5 };
    const { ask, fails } = guardOf([key], { clock: { ...systemClock, nowMs: () => nowMs }, wrongKeys });
    for (let i = 0; i < 5; i++) expect((await fails(`wrong ${i}`)).code).toBe("unauthenticated");
    expect(await fails("wrong")).toMatchObject({
      code: "resource_exhausted",
      details: { retryAfterMs: 1_000 },
    });
    expect((await fails(secret)).code).toBe("resource_exhausted");
    await ask(secret, { remoteAddress: "192.0.2.2" });
    nowMs += 1_000;
    await ask(secret);
  });

  it("lets those go on whose key was right at that address before, as behind one proxy", async () => {
    const { key, secret } = makeKey("ali", "read");
    const { ask, fails } = guardOf([key], {
      clock: { ...systemClock, nowMs: () => 0 },
      wrongKeys: { requestsPerSecond: 1, burst: 1 },
    });
    await ask(secret);
    await fails("wrong");
    expect((await fails("wrong")).code).toBe("resource_exhausted");
    await ask(secret);
  });

  it("counts a network of IPv6 as one address", async () => {
    const { key } = makeKey("ali", "read");
    const { fails } = guardOf([key], {
      clock: { ...systemClock, nowMs: () => 0 },
      wrongKeys: { requestsPerSecond: 1, burst: 2 },
    });
    const from = (remoteAddress: string) => fails("wrong", { remoteAddress }).then(({ code }) => code);
    expect(await from("2001:db8::1")).toBe("unauthenticated");
    expect(await from("2001:db8:0:0:ffff::2")).toBe("unauthenticated");
    expect(await from("2001:db8::3")).toBe("resource_exhausted");
    expect(await from("2001:db8:0:1::3")).toBe("unauthenticated");
  });
});

describe("a guard over gRPC", () => {
  it("says by gRPC's own status what it says over REST", async () => {
    const reader = makeKey("reader", "read", { rate: { requestsPerSecond: 0.1, burst: 2 } });
    const keyring = new Keyring([]);
    keyring.replace([reader.key]);
    const hosted = await startHosted({ guard: keyGuard({ store, keyring }) });
    const client = new Client(hosted.server.grpcAddresses.trying!, credentials.createInsecure());
    const call = (method: string, key?: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const metadata = new Metadata();
        if (key !== undefined) metadata.set("api-key", key);
        const asIs = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(
          `/trying.Trying/${method}`,
          asIs,
          asIs,
          Buffer.from("1"),
          metadata,
          (error, value) => (error === null ? resolve(String(value)) : reject(error)),
        );
      });
    await expect(call("Echo")).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(call("Echo", "wrong")).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await call("Echo", reader.secret)).toBe("1");
    await expect(call("HoldWrite", reader.secret)).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    expect(await call("Echo", reader.secret)).toBe("1");
    await expect(call("Echo", reader.secret)).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    client.close();
    await hosted.stop();
  });
});
