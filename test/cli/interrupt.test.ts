/** Ctrl-C in the middle: exit code 130, a whole database, and a next run that goes on and completes it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { open } from "../../src/engine/open.ts";
import { workshop } from "./cli.ts";

test("an interrupted add says what is done, and the next one completes it without doing that again", async () => {
  const { start, franca, write, folder } = workshop();
  const total = 40_000;
  const line = (i: number): string =>
    JSON.stringify({ id: i, text: `Record ${i} says something about topic ${i % 97}. `.repeat(4) });
  for (let part = 0; part < 40; part++)
    write(
      `in/${String(part).padStart(2, "0")}.jsonl`,
      Array.from({ length: total / 40 }, (_, i) => line((part * total) / 40 + i)).join("\n"),
    );
  const { child, outcome } = start("add", "in");
  // Its collection's folder appears before the first chunk is written.
  while (!existsSync(join(folder, ".franca"))) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 900));
  child.kill("SIGINT");
  const stopped = await outcome;
  expect(stopped.code, stopped.stderr + stopped.stdout).toBe(130);
  expect(stopped.stdout).toContain("Run the same command again to go on from here.");

  const points = async (): Promise<number> => {
    const store = await open(join(folder, ".franca"));
    const { count } = await (await store.collection("documents")).count();
    await store.close();
    return count;
  };
  const done = await points();
  expect(done).toBeLessThan(total);
  const rest = await franca("add", "in", "--json");
  expect(rest.code, rest.stderr).toBe(0);
  expect(JSON.parse(rest.stdout).chunks.embedded).toBe(total - done);
  expect(await points()).toBe(total);
});
