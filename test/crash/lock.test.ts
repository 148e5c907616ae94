/** One process at a time per database; a dead one never keeps the living out. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";

const holder = `
  const { open } = await import(${JSON.stringify(new URL("../../dist/engine/open.js", import.meta.url).href)});
  await open(process.argv[1]).then(() => console.log("open"), (error) => { console.log(error.code); process.exit(); });
  setInterval(() => {}, 1000);
`;
const startHolder = (folder: string) =>
  spawn(process.execPath, ["--input-type=module", "-e", holder, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
const firstLine = (child: ReturnType<typeof startHolder>): Promise<string> =>
  new Promise((resolve) => child.stdout.once("data", (chunk) => resolve(String(chunk).trim())));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a database that is open", () => {
  it("refuses a second open in the same process, and is free after close", async () => {
    const store = await open(folder);
    await expect(open(folder)).rejects.toMatchObject({
      code: "failed_precondition",
      details: { pid: process.pid },
    });
    await store.close();
    await (await open(folder)).close();
  });

  it("refuses another process, naming the one that has it, until that one is killed", async () => {
    const child = startHolder(folder);
    expect(await firstLine(child)).toBe("open");
    await expect(open(folder)).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining(String(child.pid)),
    });
    const dead = new Promise((resolve) => child.on("close", resolve));
    child.kill("SIGKILL");
    await dead;
    await (await open(folder)).close();
    expect(await readdir(folder)).toEqual(["catalog"]);
  });

  it("goes to exactly one of several processes that find a dead one's lock at once", async () => {
    const first = startHolder(folder);
    await firstLine(first);
    const dead = new Promise((resolve) => first.on("close", resolve));
    first.kill("SIGKILL");
    await dead;
    const children = Array.from({ length: 6 }, () => startHolder(folder));
    const answers = await Promise.all(children.map(firstLine));
    for (const child of children) child.kill("SIGKILL");
    expect(answers.sort()).toEqual([...new Array(5).fill("failed_precondition"), "open"]);
  });

  it("is taken over from a process whose id another process has now", async () => {
    const pid = process.pid;
    const store = await open(folder);
    await store.close();
    const realm = realmOf();
    await writeFile(join(folder, "lock"), JSON.stringify({ pid, started: "1", realm, nonce: "old" }));
    await (await open(folder)).close();
  });

  it("says what to do about a lock that names nobody", async () => {
    await writeFile(join(folder, "lock"), "");
    await expect(open(folder)).rejects.toMatchObject({
      code: "failed_precondition",
      message: /remove that file/,
    });
  });
});

/** As a process of this machine writes it. */
function realmOf(): string {
  const script = `
    const { open } = await import(${JSON.stringify(new URL("../../dist/engine/open.js", import.meta.url).href)});
    const { readFileSync } = await import("node:fs");
    await open(process.argv[1]);
    console.log(JSON.parse(readFileSync(process.argv[1] + "/lock", "utf8")).realm);
    process.exit();
  `;
  const other = join(folder, "other");
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script, other], { encoding: "utf8" });
  return run.stdout.trim();
}
