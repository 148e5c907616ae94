/** One process at a time per database; a dead one never keeps the living out. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

describe("a database on a disk that several machines use", () => {
  const lockPath = () => join(folder, "lock");
  const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000);
  /** As a process of another machine left it, that long ago. */
  async function lockedElsewhere(seconds: number): Promise<void> {
    await writeFile(lockPath(), JSON.stringify({ pid: 1, realm: "another machine", nonce: "theirs" }));
    await utimes(lockPath(), secondsAgo(seconds), secondsAgo(seconds));
  }
  afterEach(() => {
    vi.useRealTimers();
  });

  it("stays closed to this one while the other's heartbeat is less than 30 seconds old", async () => {
    await lockedElsewhere(25);
    await expect(open(folder)).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("another machine or container"),
      details: { pid: 1 },
    });
    expect(JSON.parse(await readFile(lockPath(), "utf8")).nonce).toBe("theirs");
  });

  it("is taken over when the other was silent for longer", async () => {
    await lockedElsewhere(31);
    await (await open(folder)).close();
    expect(await readdir(folder)).toEqual(["catalog"]);
  });

  it("is kept by a heartbeat every 5 seconds", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const store = await open(folder);
    await utimes(lockPath(), secondsAgo(60), secondsAgo(60));
    vi.advanceTimersByTime(5000);
    await expect.poll(async () => (await stat(lockPath())).mtimeMs).toBeGreaterThan(secondsAgo(20).getTime());
    await store.close();
  });

  it("is left to the one that took it over: neither heartbeat nor close touch a lock that is another's", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const store = await open(folder);
    await lockedElsewhere(10);
    const before = (await stat(lockPath())).mtimeMs;
    vi.advanceTimersByTime(5000);
    await store.close();
    expect((await stat(lockPath())).mtimeMs).toBe(before);
    expect(JSON.parse(await readFile(lockPath(), "utf8")).nonce).toBe("theirs");
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
