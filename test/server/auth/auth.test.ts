/** What a server gets for how it was started: a guard, none, one that only audits; and one while the database is being opened. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import type { FrancaError } from "../../../src/errors.ts";
import { open, type Store } from "../../../src/index.ts";
import { type AuthOptions, startAuth } from "../../../src/server/auth/auth.ts";
import type { Guard } from "../../../src/server/guard.ts";
import { keyFolder } from "./keys.ts";

const apiKey = "a-key-of-one-person";

async function started(options: Partial<AuthOptions>) {
  const warnings: string[] = [];
  const onWarning = ({ message }: FrancaError): void => void warnings.push(message);
  const auth = await startAuth({ host: "127.0.0.1", tls: false, onWarning, ...options });
  onTestFinished(() => auth.stop());
  return { auth, warnings };
}

const ask = async (guard: Guard | undefined, key?: string) =>
  guard!.admit({
    dialect: francaDialect,
    access: "read",
    kind: "read",
    remoteAddress: "192.0.2.1",
    header: (name) => (name === "authorization" && key !== undefined ? `Bearer ${key}` : undefined),
  });

describe("how a server was started", () => {
  it("without keys and audit log there is no guard", async () => {
    const { auth, warnings } = await started({});
    const store = await open(":memory:");
    expect([auth.guardOf(store), warnings]).toEqual([undefined, []]);
    await store.close();
  });

  it("with an audit log alone everybody may do everything, and it is told", async () => {
    const auditFile = join(keyFolder(), "audit.log");
    const { auth } = await started({ auditFile });
    const store = await open(":memory:");
    const caller = await ask(auth.guardOf(store));
    expect(caller.name).toBe("anyone");
    await caller.store.create("notes", { vectors: { body: { dimension: 2 } } });
    await caller.store.drop("notes");
    await auth.stop();
    const lines = readFileSync(auditFile, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { caller: "anyone", remoteAddress: "192.0.2.1", action: "create", outcome: "begins" },
      { caller: "anyone", action: "create", outcome: "ok" },
      { caller: "anyone", action: "drop", outcome: "begins" },
      { caller: "anyone", action: "drop", outcome: "ok" },
    ]);
    await store.close();
  });

  it("keys are asked for while the database is being opened, too, and calls are unavailable until it is", async () => {
    const { auth } = await started({ apiKey });
    let resolve: (store: Store) => void = () => {};
    const guard = auth.guardOf(new Promise((done) => (resolve = done)));
    await expect(ask(guard)).rejects.toMatchObject({ code: "unauthenticated" });
    const { store } = await ask(guard, apiKey);
    await expect(store.list()).rejects.toMatchObject({
      code: "unavailable",
      details: { retryAfterMs: 1_000 },
    });
    const whole = await open(":memory:");
    resolve(whole);
    await expect.poll(() => store.list()).toEqual([]);
    await whole.close();
  });

  it("what is wrong is said before a database is opened, and what is doubtful is warned about", async () => {
    await expect(started({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "failed_precondition" });
    const auditFile = join(keyFolder(), "nowhere", "audit.log");
    await expect(started({ apiKey, auditFile })).rejects.toMatchObject({ code: "invalid_argument" });
    const { warnings } = await started({ host: "0.0.0.0", apiKey });
    expect(warnings).toEqual([expect.stringContaining("plain text")]);
  });
});
