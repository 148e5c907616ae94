/** snapshot, restore, export and import as commands: what they say, their exit codes, and Ctrl-C. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { open } from "../../src/engine/open.ts";
import { type Workshop, workshop } from "./cli.ts";

async function database({ folder }: Workshop, points: number): Promise<void> {
  const store = await open(join(folder, "db"), { durability: "os" });
  const collection = await store.create("c", { vectors: { v: { dimension: 32, index: "flat" } } });
  for (let first = 0; first < points; first += 1000) {
    await collection.upsert(
      Array.from({ length: Math.min(1000, points - first) }, (_, i) => ({
        id: first + i,
        vector: Float32Array.from({ length: 32 }, (_, k) => Math.sin(first + i + k)),
        payload: { n: first + i },
      })),
    );
  }
  await store.close();
}

test("a database goes through a snapshot, and a collection through a file, by commands alone", async () => {
  const shop = workshop();
  const { franca } = shop;
  await database(shop, 1000);
  for (const args of [
    ["snapshot", "db", "--to", "copy.tar"],
    ["restore", "copy.tar", "--check"],
    ["restore", "copy.tar", "--to", "restored"],
    ["export", "restored", "c", "--out", "c.parquet", "--where", "n<500"],
    ["import", "other", "d", "c.parquet"],
    ["export", "d", "--db", "other", "--out", "d.jsonl"],
    ["import", "d.jsonl", "--db", "third", "--json"],
  ]) {
    const { code, stderr, stdout } = await franca(...args);
    expect(code, `${args.join(" ")}\n${stderr}${stdout}`).toBe(0);
    if (args[0] === "import") expect(stdout).toContain("500");
  }
});

test.each([
  [["snapshot", "nowhere", "--to", "x"], 1, "there is no database"],
  [["snapshot", "db"], 2, "--to"],
  [["snapshot", "db", "--to", "db"], 1, "already"],
  [["restore", "nowhere", "--to", "x"], 1, "there is no snapshot"],
  [["restore", "db", "--to", "x"], 1, "is no whole snapshot"],
  [["restore", "db"], 2, "--check"],
  [["export", "db", "c"], 2, "--out"],
  [["export", "db", "c", "--out", "c.csv"], 1, ".parquet"],
  [["export", "db", "none", "--out", "c.jsonl"], 1, "there is no collection"],
  [["import", "db", "c", "none.jsonl"], 1, "there is no file"],
  [["import", "db", "c", "bad.jsonl"], 1, "line 2"],
  [["import", "db", "c", "bad.jsonl", "--on-conflict", "perhaps"], 2, "replace, skip, error"],
  [["import", "db", "c", "bad.jsonl", "--vector", "v"], 2, "field=column"],
])("%j fails with exit code %i and says %j", async (args, code, says) => {
  const shop = workshop();
  await database(shop, 3);
  shop.write("bad.jsonl", `{"id":1}\n{"id":2,"vector":[1]}\n`);
  const outcome = await shop.franca(...args);
  expect(outcome.code, outcome.stderr).toBe(code);
  expect(outcome.stderr).toContain(says);
  expect(readdirSync(shop.folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
});

test.each([
  [["snapshot", "db", "--to", "out"], "out.partial", "there is no snapshot"],
  [["export", "db", "c", "--out", "out.jsonl"], "out.jsonl.partial", "was not written"],
])("Ctrl-C during %j leaves nothing behind, and the next run succeeds", async (args, partial, says) => {
  const shop = workshop();
  await database(shop, 60_000);
  const { child, outcome } = shop.start(...args);
  while (!existsSync(join(shop.folder, partial)) && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill("SIGINT");
  const { code, stderr } = await outcome;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain(says);
  expect(readdirSync(shop.folder)).toEqual(["db"]);
  expect((await shop.franca(...args)).code).toBe(0);
});

test("Ctrl-C during an import says what is in, and the same command completes it", async () => {
  const shop = workshop();
  const total = 40_000;
  const line = (id: number) =>
    JSON.stringify({ id, e: Array.from({ length: 16 }, (_, k) => id + k), t: `text ${id}` });
  shop.write("in.jsonl", Array.from({ length: total }, (_, i) => line(i)).join("\n"));
  const args = ["import", "db", "c", "in.jsonl", "--vector", "v=e"];
  const { child, outcome } = shop.start(...args);
  while (!existsSync(join(shop.folder, "db", "collection-000001", "manifest")))
    await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill("SIGINT");
  const { code, stderr } = await outcome;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain("Run the same command again");
  const again = await shop.franca(...args, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ points: total, skipped: 0, created: false });
  const store = await open(join(shop.folder, "db"));
  expect((await (await store.collection("c")).count()).count).toBe(total);
  await store.close();
});
