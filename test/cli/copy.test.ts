/** `franca copy` as a process: plan, copy, verify, Ctrl-C, kill -9, and a server that asks for a key. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { qdrantDialect } from "../../src/dialects/qdrant/dialect.ts";
import { open } from "../../src/open.ts";
import { startServer } from "../../src/testing/testing.ts";
import { workshop } from "./cli.ts";

async function fill(folder: string, points: number): Promise<void> {
  const store = await open(folder, { durability: "os" });
  const collection = await store.create("c", {
    vectors: { v: { dimension: 8 } },
    payload: { year: { type: "integer" } },
  });
  for (let from = 0; from < points; from += 2_000) {
    await collection.upsert(
      Array.from({ length: Math.min(2_000, points - from) }, (_, i) => ({
        id: from + i,
        vector: Float32Array.from({ length: 8 }, (_, at) => Math.sin((from + i) * 8 + at + 1)),
        payload: { year: i },
      })),
    );
  }
  await store.setAlias("alias", "c");
  await store.close();
}

test("a dry run prints the plan and writes nothing; a copy is verified; a difference is exit code 1", async () => {
  const { folder, franca } = workshop();
  await fill(join(folder, "old"), 300);
  const plan = await franca("copy", "old", "new", "--dry-run");
  expect(plan, plan.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/c: 300 points, about \d+ kB; will be made, aliases alias/),
  });
  expect(existsSync(join(folder, "new"))).toBe(false);
  const missing = await franca("copy", "old", "new", "--verify-only");
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no database at") });

  const copied = await franca("copy", "old", "new", "--rename", "c=d");
  expect(copied, copied.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("is equal: 300 points, checksum"),
  });
  expect(existsSync(join(folder, "franca-copy.state"))).toBe(false);

  const store = await open(join(folder, "new"));
  await (await store.collection("d")).delete({ ids: [17] });
  await store.close();
  const verified = await franca("copy", "old", "new", "--rename", "c=d", "--verify-only");
  expect(verified).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("1 point is missing in the target: 17"),
  });
  const json = await franca("copy", "old", "new", "--rename", "c=d", "--verify-only", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject({
    isEqual: false,
    collections: [{ missing: { count: 1, ids: [17] } }],
  });
});

test("what is called wrongly is exit code 2", async () => {
  const { franca } = workshop();
  for (const args of [
    ["a"],
    ["a", "a"],
    ["a", "b", "--allow-loss", "all"],
    ["a", "b", "--rename", "x"],
    ["a", "b", "--delete-extra"],
  ])
    expect((await franca("copy", ...args)).code, args.join(" ")).toBe(2);
});

test("a server that asks for a key gets it from the environment, and copies there and back are equal", async () => {
  const { folder, franca, start } = workshop();
  await fill(join(folder, "old"), 300);
  const server = start(
    "serve",
    "--db",
    ":memory:",
    "--franca-port",
    "0",
    "--franca-grpc-port",
    "0",
    "--api-key",
    "secret-of-the-test",
  );
  const address = await new Promise<string>((resolve, reject) => {
    let text = "";
    server.child.stderr!.on("data", (piece: string) => {
      text += piece;
      const found = /"franca":"(http[^"]+)"/.exec(text);
      if (found !== null) resolve(found[1]!);
    });
    void server.outcome.then(({ stderr }) => reject(new Error(stderr)));
  });
  try {
    const refused = await franca("copy", "old", address);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/key/) });
    expect(refused.stderr).not.toContain("This was not expected");
    const there = await franca("copy", "old", address, "--key-to", "secret-of-the-test");
    expect(there, there.stderr).toMatchObject({ code: 0 });
    process.env.FRANCA_KEY_FROM = "secret-of-the-test";
    const back = await franca("copy", address, "back");
    expect(back, back.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("is equal: 300 points"),
    });
  } finally {
    delete process.env.FRANCA_KEY_FROM;
    server.child.kill("SIGTERM");
    await server.outcome;
  }
});

test("Ctrl-C leaves a state from which the same command goes on", async () => {
  await stopAndGoOn("SIGINT", 130);
});

test("kill -9 in the middle loses nothing: the same command goes on from the state", async () => {
  await stopAndGoOn("SIGKILL", null);
});

async function stopAndGoOn(signal: "SIGINT" | "SIGKILL", code: number | null): Promise<void> {
  const { folder, franca, start } = workshop();
  const total = 20_000;
  await fill(join(folder, "old"), total);
  const state = join(folder, "my.state");
  const args = ["copy", "old", "new", "--state", "my.state"];
  const { child, outcome } = start(...args, "--batch-size", "20", "--in-flight", "1");
  const points = (): number => {
    if (!existsSync(state)) return 0;
    return JSON.parse(JSON.parse(readFileSync(state, "utf8")).state).collections.c.points;
  };
  while (points() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill(signal);
  const stopped = await outcome;
  expect(stopped.code, stopped.stdout + stopped.stderr).toBe(code);
  const done = points();
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(total);

  const other = await franca("copy", "old", "elsewhere", "--state", "my.state");
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("another copy") });
  const rest = await franca(...args, "--json");
  expect(rest.code, rest.stderr).toBe(0);
  expect(JSON.parse(rest.stdout)).toMatchObject({
    points: total - done,
    resumed: done,
    verified: { isEqual: true, collections: [{ target: { points: total } }] },
  });
  expect(existsSync(state)).toBe(false);
}

test("a Qdrant is a place to copy to and from", async () => {
  const { folder, franca } = workshop();
  await fill(join(folder, "old"), 300);
  const server = await startServer({ dialects: [qdrantDialect] });
  const place = `qdrant+${server.urls.qdrant}`;
  try {
    const there = await franca("copy", "old", place);
    expect(there, there.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("is equal") });
    const verified = await franca("copy", "old", `${place}/`, "--verify-only");
    expect(verified, verified.stderr).toMatchObject({ code: 0 });
    const back = await franca("copy", place, "from-qdrant");
    expect(back, back.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("is equal") });
    expect((await franca("copy", "old", "from-qdrant", "--verify-only")).code).toBe(0);
  } finally {
    await server.stop();
  }
  const nowhere = await franca("copy", "old", place);
  expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be reached") });
}, 60_000);
