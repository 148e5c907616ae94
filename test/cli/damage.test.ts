/** `franca verify` and `franca repair`, as processes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { workshop } from "./cli.ts";

test("a whole database is verified with exit code 0; a damaged one is named, repaired, and whole again", async () => {
  const { franca, write, folder } = workshop();
  write("a.txt", "Green tea is brewed hot.");
  write("b.txt", "Coffee is ground before.");
  expect((await franca("add", "a.txt", "b.txt")).code).toBe(0);
  const whole = await franca("verify");
  expect(whole.stdout).toMatch(/Nothing is damaged\. \d+ files, [\d,]+ bytes read/);
  expect(whole.code).toBe(0);

  const path = readdirSync(join(folder, ".franca"))
    .filter((name) => name.startsWith("collection-"))
    .map((name) => join(".franca", name, "segment-000001.log"))
    .find((file) => readFileSync(join(folder, file)).includes("Coffee"))!;
  const bytes = readFileSync(join(folder, path));
  bytes[bytes.indexOf("Coffee") + 2]! ^= 1;
  write(path, bytes);

  const damaged = await franca("verify", ".franca");
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toMatch(/damaged point .*, its payload: .*segment-000001\.log, byte \d+/);
  expect(damaged.stdout).toMatch(/franca repair .* --to/);
  const json = await franca("verify", "--json");
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });

  const repaired = await franca("repair", ".franca", "--to", "saved");
  expect(repaired.stdout).toMatch(/left out: point/);
  expect(repaired.code).toBe(1);
  expect((await franca("verify", "saved")).code).toBe(0);
  expect((await franca("search", "green tea", "--db", "saved")).stdout).toMatch(/Green tea/);
}, 300_000);

test("what cannot be verified or repaired is said in one line", async () => {
  const { franca, write } = workshop();
  write("full/x", "x");
  for (const [args, code, message] of [
    [["verify", "nothing"], 1, /there is no folder .*nothing/],
    [["repair", "full"], 2, /--to: expected the folder/],
    [["repair", "full", "--to", "full"], 1, /holds x; what is saved needs an empty folder/],
  ] as const) {
    const outcome = await franca(...args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.code).toBe(code);
  }
});
