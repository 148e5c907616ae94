/** The audit log: who did what, and was refused what; and what happens when it cannot be written. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { FrancaError } from "../../../src/errors.ts";
import { type EngineStore, open, type Store } from "../../../src/index.ts";
import { Audit, type AuditSink } from "../../../src/server/auth/audit.ts";
import { type AuditFileOptions, auditStream, openAuditFile } from "../../../src/server/auth/audit-file.ts";
import { auditedStore } from "../../../src/server/auth/audited-store.ts";
import { Grant } from "../../../src/server/auth/grant.ts";
import { guardedStore } from "../../../src/server/auth/guarded-store.ts";
import type { Key } from "../../../src/server/auth/key.ts";
import { systemClock } from "../../../src/server/clock.ts";
import { keyFolder, makeKey } from "./keys.ts";

type Line = { [field: string]: unknown };

/** A sink that can be broken. */
class Sink implements AuditSink {
  lines: Line[] = [];
  isBroken = false;
  async write(line: string): Promise<void> {
    if (this.isBroken) throw new Error("the disk is full");
    this.lines.push(JSON.parse(line) as Line);
  }
  async close(): Promise<void> {}
}

interface Audited {
  store: Store;
  whole: EngineStore;
  sink: Sink;
  audit: Audit;
  warnings: FrancaError[];
}

async function audited(key: Key, clock?: () => number): Promise<Audited> {
  const whole = await open(":memory:");
  onTestFinished(() => whole.close());
  const sink = new Sink();
  const warnings: FrancaError[] = [];
  const onWarning = (warning: FrancaError): void => void warnings.push(warning);
  const audit = new Audit({ sink, onWarning, ...(clock && { clock: { ...systemClock, nowMs: clock } }) });
  const guarded = guardedStore(() => whole, new Grant(key));
  const actor = { caller: key.name, remoteAddress: "192.0.2.1" };
  return { store: auditedStore(guarded, audit, actor), whole, sink, audit, warnings };
}

const schema = { vectors: { body: { dimension: 2 } }, payload: { kind: { type: "keyword" } } } as const;
const marzipan = {
  id: "marzipan",
  vectors: { body: [0.123456, 0.654321] },
  payload: { kind: "marzipan" },
} as never;

describe("the audit log", () => {
  it("tells of each write and each change of collections: who, from where, what, how many, how it ended", async () => {
    const { store, sink } = await audited(makeKey("root", "admin").key);
    const notes = await store.create("notes", schema);
    await notes.upsert([marzipan]);
    await notes.update({ ids: ["marzipan", "none"] }, { setPayload: { kind: "marzipan" } });
    await notes.delete({ filter: { field: "kind", eq: "marzipan" } } as never);
    await expect(
      notes.upsert([{ id: "short", vectors: { body: [1] } } as never, marzipan]),
    ).rejects.toThrow();
    await store.setAlias("latest", "notes");
    await store.dropAlias("latest");
    await expect(store.create("notes", schema)).rejects.toThrow();
    await store.drop("notes");
    const said = sink.lines.map(({ time, caller, remoteAddress, ...rest }) => {
      expect([caller, remoteAddress, String(time).endsWith("Z")]).toEqual(["root", "192.0.2.1", true]);
      return rest;
    });
    const both = (action: Line, outcome = "ok"): Line[] => [
      { ...action, outcome: "begins" },
      { ...action, outcome },
    ];
    expect(said).toEqual([
      ...both({ action: "create", collection: "notes" }),
      { action: "upsert", collection: "notes", asked: 1, count: 1, outcome: "ok" },
      { action: "update", collection: "notes", asked: 2, count: 1, outcome: "ok" },
      { action: "delete", collection: "notes", count: 1, outcome: "ok" },
      { action: "upsert", collection: "notes", asked: 2, outcome: "invalid_argument" },
      ...both({ action: "setAlias", alias: "latest", collection: "notes" }),
      ...both({ action: "dropAlias", alias: "latest" }),
      ...both({ action: "create", collection: "notes" }, "already_exists"),
      ...both({ action: "drop", collection: "notes" }),
    ]);
    expect(JSON.stringify(sink.lines)).not.toMatch(/marzipan|0\.123/);
  });

  it("is silent about reads that are answered, and tells of every call that is refused", async () => {
    const { store, whole, sink } = await audited(makeKey("reader", "read", { collections: ["notes"] }).key);
    await whole.create("notes", schema);
    await whole.create("secrets", schema);
    const notes = await store.collection("notes");
    await notes.count();
    await notes.query({ nearest: [1, 0], limit: 1 } as never);
    await store.list();
    expect(sink.lines).toEqual([]);
    for (const call of [
      notes.upsert([marzipan]),
      store.collection("secrets"),
      store.describe("secrets"),
      store.drop("notes"),
    ]) {
      await expect(call).rejects.toMatchObject({ code: "permission_denied" });
    }
    expect(sink.lines.map(({ action, collection, outcome }) => [action, collection, outcome])).toEqual(
      expect.arrayContaining([
        ["upsert", "notes", "permission_denied"],
        ["collection", "secrets", "permission_denied"],
        ["describe", "secrets", "permission_denied"],
        ["drop", "notes", "permission_denied"],
      ]),
    );
  });

  it("does no administration that it cannot tell of; writes go on, and the next line says how many are missing", async () => {
    const { store, whole, sink, warnings } = await audited(makeKey("root", "admin").key);
    const notes = await store.create("notes", schema);
    sink.isBroken = true;
    await expect(store.drop("notes")).rejects.toMatchObject({ code: "unavailable" });
    await expect(store.create("more", schema)).rejects.toThrow(/audit log cannot be written/);
    expect(await whole.list()).toEqual(["notes"]);
    await notes.upsert([marzipan]);
    expect(await notes.count()).toMatchObject({ count: 1 });
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("the disk is full")]);
    sink.isBroken = false;
    await notes.delete({ ids: ["marzipan"] });
    await store.drop("notes");
    expect(sink.lines.slice(2).map(({ action, missing }) => [action, missing])).toEqual([
      ["delete", 3],
      ["drop", undefined],
      ["drop", undefined],
    ]);
  });

  it("says once how many lines are missing, though many are written at once", async () => {
    const { store, sink, warnings } = await audited(makeKey("root", "admin").key);
    const notes = await store.create("notes", schema);
    const upserts = () => Promise.all(Array.from({ length: 20 }, () => notes.upsert([marzipan])));
    sink.isBroken = true;
    await upserts();
    sink.isBroken = false;
    await upserts();
    expect(warnings).toHaveLength(1);
    expect(sink.lines.map(({ missing }) => missing).filter((missing) => missing !== undefined)).toEqual([20]);
    sink.isBroken = true;
    await upserts();
    expect(warnings).toHaveLength(2);
  });

  it("counts refusals that come faster than it tells them, apart for each caller", async () => {
    let nowMs = 0;
    const { audit, sink } = await audited(makeKey("root", "admin").key, () => nowMs);
    const refuse = (caller: string | undefined): void =>
      audit.refused(
        { caller, remoteAddress: "192.0.2.1", action: "admit read" },
        new FrancaError("unauthenticated", "no"),
      );
    for (let i = 0; i < 1_000; i++) refuse(undefined);
    refuse("ali");
    expect(sink.lines).toHaveLength(101);
    nowMs = 1_000;
    refuse(undefined);
    expect(sink.lines.at(-1)).toMatchObject({
      action: "admit read",
      outcome: "unauthenticated",
      untold: 900,
    });
  });
});

describe("the audit log's file", () => {
  const opened = async (path: string, options?: AuditFileOptions): Promise<AuditSink> => {
    const sink = await openAuditFile(path, options);
    onTestFinished(() => sink.close());
    return sink;
  };
  const linesOf = (path: string): string[] => readFileSync(path, "utf8").trimEnd().split("\n");

  it("holds every line in order, whoever writes at once, and only its owner reads it", async () => {
    const path = join(keyFolder(), "audit.log");
    const sink = await opened(path);
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => sink.write(`${i}\n`)));
    expect(linesOf(path)).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("begins anew at its size, keeps so many, and no line is lost or cut between two files", async () => {
    const folder = keyFolder();
    const path = join(folder, "audit.log");
    const sink = await opened(path, { rotateBytes: 100, keep: 2 });
    for (let i = 100; i < 150; i++) await sink.write(`line number ${i}\n`);
    expect(readdirSync(folder).sort()).toEqual(["audit.log", "audit.log.1", "audit.log.2"]);
    const kept = [`${path}.2`, `${path}.1`, path].flatMap(linesOf);
    expect(kept).toEqual(
      Array.from({ length: kept.length }, (_, i) => `line number ${150 - kept.length + i}`),
    );
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(100);
  });

  it("goes on in a new file when somebody has moved or removed it, as logrotate does", async () => {
    const path = join(keyFolder(), "audit.log");
    const sink = await opened(path);
    await sink.write("one\n");
    renameSync(path, `${path}.old`);
    await sink.write("two\n");
    expect([linesOf(`${path}.old`), linesOf(path)]).toEqual([["one"], ["two"]]);
    rmSync(path);
    await sink.write("three\n");
    expect(linesOf(path)).toEqual(["three"]);
  });

  it("begins on a line of its own after one that a crash has cut", async () => {
    const path = join(keyFolder(), "audit.log");
    writeFileSync(path, '{"time":"20');
    await (await opened(path)).write("whole\n");
    expect(linesOf(path)).toEqual(['{"time":"20', "whole"]);
  });

  it("says that it cannot be written, and goes on when it can", async () => {
    const path = join(keyFolder(), "audit.log");
    const sink = await opened(path);
    rmSync(path);
    mkdirSync(path);
    await expect(sink.write("lost\n")).rejects.toMatchObject({ code: "EISDIR" });
    rmdirSync(path);
    await sink.write("kept\n");
    expect(linesOf(path)).toEqual(["kept"]);
    await expect(openAuditFile(join(path, "below.log"))).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("may be a stream instead, which is not waited for without end", async () => {
    const stream = new PassThrough();
    const sink = auditStream(stream);
    await sink.write("one\n");
    expect(String(stream.read())).toBe("one\n");
    const stuck = new PassThrough({ highWaterMark: 1 });
    const large = "x".repeat(2 ** 20);
    const writes = Array.from({ length: 12 }, () => auditStream(stuck).write(large));
    for (const write of writes) write.catch(() => {});
    await expect(writes.at(-1)).rejects.toThrow(/wait for the stream/);
  });
});
