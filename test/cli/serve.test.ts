/** `franca serve` as a process: starting, stopping, dying under load, and what is there afterwards. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { isFrancaError } from "../../src/errors.ts";
import { open } from "../../src/open.ts";
import type { Collection, Store } from "../../src/store.ts";
import { connection } from "../server/raw.ts";
import { type Workshop, workshop } from "./cli.ts";

type Running = ReturnType<Workshop["start"]> & { url: `http://${string}` };

async function served(shop: Workshop, ...flags: string[]): Promise<Running> {
  const running = shop.start(
    "serve",
    "--db",
    "data",
    "--franca-port",
    "0",
    "--franca-grpc-port",
    "0",
    ...flags,
  );
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    running.child.stderr!.on("data", (text: string) => {
      said += text;
      const found = /"franca":"(http:[^"]+)"/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    running.outcome.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
  return { ...running, url: url as `http://${string}` };
}

const schema = { vectors: { v: { dimension: 8 } }, payload: { round: { type: "integer" } } } as const;

/** Writes until the server is gone; each id is written once. */
async function writing(
  store: Store,
  writers: number,
): Promise<{ acknowledged: Map<number, number>; unknown: Set<number>; errors: Set<string> }> {
  const collection = (await store.collection("points")) as unknown as Collection;
  const acknowledged = new Map<number, number>();
  const unknown = new Set<number>();
  const errors = new Set<string>();
  const work = async (writer: number) => {
    for (let i = 0; ; i++) {
      const id = i * writers + writer;
      try {
        await collection.upsert([
          { id, vector: Array.from({ length: 8 }, (_, d) => Math.sin(id + d)), payload: { round: i } },
        ]);
        acknowledged.set(id, i);
      } catch (error) {
        if (!isFrancaError(error)) throw error;
        errors.add(error.code);
        if (error.details.outcome === "unknown") unknown.add(id);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));
  return { acknowledged, unknown, errors };
}

async function expectAll(
  url: `http://${string}`,
  { acknowledged, unknown }: Awaited<ReturnType<typeof writing>>,
) {
  const store = await open(url);
  const collection = (await store.collection("points")) as unknown as Collection;
  const ids = [...acknowledged.keys()];
  const points = await collection.get(ids);
  expect(points.map((point) => point?.payload?.round)).toEqual([...acknowledged.values()]);
  const { count } = await collection.count();
  expect(count).toBeGreaterThanOrEqual(acknowledged.size);
  expect(count).toBeLessThanOrEqual(acknowledged.size + unknown.size);
  await store.close();
}

describe("franca serve", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)(
    "%s under load loses nothing that was acknowledged, and clients are told",
    async (signal) => {
      const shop = workshop();
      const first = await served(shop);
      const store = await open(first.url, { timeoutMs: 10_000, retries: 0 });
      await store.create("points", schema);
      const load = writing(store, 8);
      await new Promise((resolve) => setTimeout(resolve, 700));
      first.child.kill(signal);
      const [outcome, written] = await Promise.all([first.outcome, load]);
      await store.close();
      expect(written.acknowledged.size).toBeGreaterThan(0);
      expect([...written.errors].filter((code) => code !== "unavailable")).toEqual([]);
      if (signal === "SIGTERM") expect(outcome.code).toBe(0);
      const second = await served(shop);
      await expectAll(second.url, written);
      second.child.kill("SIGTERM");
      expect((await second.outcome).code).toBe(0);
    },
  );

  it("what is under way when it stops is finished, and afterwards the folder is free", async () => {
    const shop = workshop();
    const running = await served(shop);
    const store = await open(running.url);
    const collection = await store.create("points", schema);
    const points = Array.from({ length: 2000 }, (_, id) => ({
      id,
      vector: Array.from({ length: 8 }, (_, d) => Math.cos(id * d)),
    }));
    const upsert = collection.upsert(points);
    await collection.count();
    running.child.kill("SIGTERM");
    expect((await upsert).count).toBe(2000);
    expect((await running.outcome).code).toBe(0);
    await store.close();
    const engine = await open(join(shop.folder, "data"));
    expect((await (await engine.collection("points")).count()).count).toBe(2000);
    await engine.close();
  });

  it("a search never waits behind an upsert of nearly 64 MB", async () => {
    const running = await served(workshop());
    const [writer, reader] = [await open(running.url), await open(running.url)];
    const dimension = 768;
    await writer.create("points", { vectors: { v: { dimension } } });
    const vectorOf = (id: number) => Float32Array.from({ length: dimension }, (_, d) => Math.sin(id * d + 1));
    const points = Array.from({ length: 20_000 }, (_, id) => ({ id, vector: vectorOf(id) }));
    const [large, collection] = [await writer.collection("points"), await reader.collection("points")];
    await large.upsert(points.slice(0, 100));
    let isWritten = false;
    const writing = large.upsert(points).then(({ count }) => {
      isWritten = true;
      return count;
    });
    let answeredBefore = 0;
    while (!isWritten) {
      expect((await collection.query({ nearest: vectorOf(7), limit: 1 })).hits[0]?.id).toBe(7);
      if (!isWritten) answeredBefore++;
    }
    expect(await writing).toBe(20_000);
    // One that waits would be answered after it; these came one after the other.
    expect(answeredBefore).toBeGreaterThan(10);
    console.log(`searches answered one after the other while 61 MB were written: ${answeredBefore}`);
    await Promise.all([writer.close(), reader.close()]);
    running.child.kill("SIGTERM");
    await running.outcome;
  });

  it("a second SIGTERM does not wait for what is under way", async () => {
    const running = await served(workshop());
    const client = connection(Number(new URL(running.url).port));
    const head = "POST /franca/v1/collections/c/points/query HTTP/1.1\r\nhost: localhost\r\n";
    client.send(`${head}content-length: 100\r\n\r\n{`);
    await expect
      .poll(async () => (await fetch(`${running.url}/metrics`)).text())
      .toMatch(/franca_connections{.*} [2-9]/);
    running.child.kill("SIGTERM");
    await expect.poll(() => fetch(`${running.url}/readyz`).catch(() => "closed")).toBe("closed");
    expect(running.child.exitCode).toBeNull();
    running.child.kill("SIGTERM");
    expect((await running.outcome).code).toBe(143);
  });

  it("a SIGTERM before it has started ends it at once, whatever it waits for", async () => {
    const shop = workshop();
    const keys = join(shop.folder, "keys.json");
    execFileSync("mkfifo", [keys]);
    const { child, outcome } = shop.start("serve", "--keys-file", keys, "--franca-port", "0");
    // Opens only when somebody reads; nothing is ever written, so that reading does not end.
    const held = await vi.waitFor(() => openSync(keys, constants.O_WRONLY | constants.O_NONBLOCK), 10_000);
    child.kill("SIGTERM");
    await outcome;
    expect(child.signalCode).toBe("SIGTERM");
    closeSync(held);
  });

  it("a damaged database is served all the same: what was repaired or cannot be opened is said", async () => {
    const shop = workshop();
    const engine = await open(join(shop.folder, "data"));
    for (const name of ["sound", "torn", "broken"])
      await (await engine.create(name, schema)).upsert([{ id: 1, vector: Array(8).fill(1) }]);
    await engine.close();
    const folders = readdirSync(join(shop.folder, "data")).filter((name) =>
      existsSync(join(shop.folder, "data", name, "manifest")),
    );
    expect(folders).toHaveLength(3);
    const folderOf = (i: number) => join(shop.folder, "data", folders.sort()[i]!);
    for (const name of readdirSync(folderOf(1)))
      if (name.endsWith(".checkpoint")) writeFileSync(join(folderOf(1), name), "damaged");
    truncateSync(join(folderOf(2), "manifest"), 3);
    const running = await served(shop);
    const store = await open(running.url);
    for (const name of ["sound", "torn"])
      expect((await (await store.collection(name)).count()).count).toBe(1);
    await expect((async () => (await store.collection("broken")).count())()).rejects.toMatchObject({
      code: "data_loss",
    });
    // Collections are opened in the background, each named as a problem until it has been tried.
    const ready = async () => {
      const answer = await fetch(`${running.url}/readyz`);
      return { status: answer.status, body: await answer.json() };
    };
    await expect
      .poll(ready, { timeout: 10_000 })
      .toMatchObject({ status: 200, body: { problems: [expect.stringContaining("broken")] } });
    await store.close();
    running.child.kill("SIGTERM");
    const { stderr } = await running.outcome;
    expect(stderr).toContain("derived_rebuilt");
    expect(stderr).toContain("data_loss");
  });

  it("refuses a second server on the same database, and a port that is taken, in one line", async () => {
    const shop = workshop();
    const running = await served(shop);
    const second = await shop.franca("serve", "--db", "data", "--franca-port", "0");
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("is open in process");
    const port = new URL(running.url).port;
    const third = await shop.franca(
      "serve",
      "--db",
      "other",
      "--franca-port",
      port,
      "--franca-grpc-port",
      "0",
    );
    expect(third.code).toBe(1);
    expect(third.stderr).toContain(port);
    running.child.kill("SIGTERM");
    await running.outcome;
  });
});
