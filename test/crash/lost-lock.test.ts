/** A process that slept, and whose lock another took over meanwhile, writes nothing more and acknowledges nothing. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Directory, File } from "../../src/engine/file.ts";
import { nodeDirectory } from "../../src/engine/files/node.ts";
import { open } from "../../src/engine/open.ts";
import type { Collection } from "../../src/store.ts";
import { openOn } from "../engine/opened.ts";

const schema = { vectors: { body: { dimension: 2 } } } as const;
type Things = Collection<typeof schema>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-lost-lock-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const lockPath = () => join(folder, "lock");
const owner = async () => JSON.parse(await readFile(lockPath(), "utf8"));
/** From here on the lock is as one of another machine: its owner is judged by heartbeats only. */
async function makeForeign(): Promise<void> {
  const draft = `${lockPath()}.foreign`;
  await writeFile(draft, JSON.stringify({ ...(await owner()), realm: "another machine" }));
  await rename(draft, lockPath());
}
/** All clocks of this process go forward, as when it has slept. */
function sleep(ms: number): void {
  const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)];
  vi.spyOn(Date, "now").mockImplementation(() => wall() + ms);
  vi.spyOn(performance, "now").mockImplementation(() => monotonic() + ms);
}
const ids = async (things: Things) => (await things.scroll()).points.map(({ id }) => id);
async function idsAfterReopening(): Promise<unknown[]> {
  const store = await open(folder);
  const found = await ids((await store.collection("things", schema)) as Things);
  await store.close();
  return found;
}
const lost = { code: "failed_precondition", details: { lock: "lost" } };

describe("a process that slept for longer than its lock counts", () => {
  it("is refused every change, and the one that took the lock over keeps all that it wrote", async () => {
    const sleeper = await open(folder);
    const before = await sleeper.create("things", schema);
    await before.upsert([{ id: 1, vector: [1, 1] }]);
    await makeForeign();
    sleep(31_000);
    const successor = await open(folder);
    const after = await successor.collection("things", schema);
    await after.upsert([{ id: 2, vector: [2, 2] }]);

    await expect(before.upsert([{ id: 3, vector: [3, 3] }])).rejects.toMatchObject({
      ...lost,
      message: expect.stringMatching(/process \d+ has it.*open it again/),
    });
    await expect(before.delete({ ids: [1] })).rejects.toMatchObject(lost);
    await expect(before.update({ ids: [1] }, { setPayload: { a: 1 } })).rejects.toMatchObject(lost);
    await expect(sleeper.create("more", schema)).rejects.toMatchObject(lost);
    await expect(sleeper.setAlias("alias", "things")).rejects.toMatchObject(lost);
    await expect(sleeper.drop("things")).rejects.toMatchObject(lost);
    await expect(sleeper.alter("things", { addPayload: { a: { type: "keyword" } } })).rejects.toMatchObject(
      lost,
    );
    expect(await ids(before)).toEqual([1]);

    await after.upsert([{ id: 4, vector: [4, 4] }]);
    expect(await ids(after)).toEqual([1, 2, 4]);
    const { nonce } = await owner();
    await sleeper.close();
    expect((await owner()).nonce).toBe(nonce);
    await successor.close();
    expect(await readdir(folder)).toEqual(["catalog", "collection-000001"]);
    expect(await idsAfterReopening()).toEqual([1, 2, 4]);
  });

  it("goes on, with a new heartbeat, when nobody took the lock over", async () => {
    const sleeper = await open(folder);
    const things = await sleeper.create("things", schema);
    await makeForeign();
    sleep(31_000);
    await things.upsert([{ id: 1, vector: [1, 1] }]);
    expect(Date.now() - (await stat(lockPath())).mtimeMs).toBeLessThan(5_000);
    await expect(open(folder)).rejects.toMatchObject({ code: "failed_precondition" });
    await sleeper.close();
    expect(await idsAfterReopening()).toEqual([1]);
  });

  it("notices by either clock: one may stand still while a machine sleeps, the other may be set back", async () => {
    for (const clock of [Date, performance]) {
      const sleeper = await open(folder);
      await makeForeign();
      const now = clock.now.bind(clock);
      vi.spyOn(clock, "now").mockImplementation(() => now() + 31_000);
      await utimes(lockPath(), 0, 0);
      const successor = await open(folder);
      await expect(sleeper.create("things", schema)).rejects.toMatchObject(lost);
      await Promise.all([sleeper.close(), successor.close()]);
      vi.restoreAllMocks();
    }
  });

  it.each([
    ["some", [1]],
    ["no", []],
  ])(
    "gets no acknowledgement for what it was writing beside %s points, which harms no write of its successor",
    async (_, there) => {
      let passing = () => {};
      let pausing: (() => void) | undefined;
      const gate = new Promise<void>((resolve) => {
        passing = resolve;
      });
      const paused = new Promise<void>((resolve) => {
        pausing = resolve;
      });
      let isArmed = false;
      const sleeper = await openOn(
        beforeWrites(await nodeDirectory(folder), async () => {
          if (!isArmed) return;
          pausing?.();
          await gate;
        }),
      );
      const before = await sleeper.create("things", schema);
      await before.upsert(there.map((id) => ({ id, vector: [id, id] })));
      isArmed = true;
      // Both the log and the vectors are about to be written, after the look at the lock.
      const unlucky = before.upsert([{ id: 3, vector: [3, 3] }]);
      unlucky.catch(() => {});
      await paused;
      await makeForeign();
      sleep(31_000);
      const successor = await open(folder);
      const after = await successor.collection("things", schema);
      await after.upsert([{ id: 2, vector: [2, 2] }]);
      passing();
      await expect(unlucky).rejects.toMatchObject({ ...lost, details: { outcome: "unknown" } });
      await after.upsert([{ id: 4, vector: [4, 4] }]);
      await Promise.allSettled([sleeper.close()]);
      await successor.close();
      expect(await idsAfterReopening()).toEqual([...there, 2, 4]);
    },
  );

  it("keeps its lock when its heartbeat came just before the lock was replaced", async () => {
    const sleeper = await open(folder);
    await makeForeign();
    const own = readFileSync(lockPath(), "utf8");
    const now = Date.now.bind(Date);
    let wasReplaced = false;
    // Silent for long, until its file is replaced: then the old one's time says that it lives.
    vi.spyOn(Date, "now").mockImplementation(() => {
      wasReplaced ||= readFileSync(lockPath(), "utf8") !== own;
      return now() + (wasReplaced ? 0 : 31_000);
    });
    await expect(open(folder)).rejects.toMatchObject({ code: "failed_precondition" });
    expect(wasReplaced).toBe(true);
    vi.restoreAllMocks();
    expect(readFileSync(lockPath(), "utf8")).toBe(own);
    await sleeper.create("things", schema);
    await sleeper.close();
    expect(await readdir(folder)).toEqual(["catalog", "collection-000001"]);
  });

  it("is no process of this machine: such a one is looked up, and keeps its lock however long it slept", async () => {
    const sleeper = await open(folder);
    const things = await sleeper.create("things", schema);
    await utimes(lockPath(), 0, 0);
    sleep(3_600_000);
    await expect(open(folder)).rejects.toMatchObject({
      code: "failed_precondition",
      details: { pid: process.pid },
    });
    await things.upsert([{ id: 1, vector: [1, 1] }]);
    await sleeper.close();
    expect(await idsAfterReopening()).toEqual([1]);
  });
});

describe("a lock file", () => {
  it.each([
    ["is gone", () => unlink(lockPath())],
    ["names nobody", () => writeFile(lockPath(), "")],
    [
      "names another",
      () => writeFile(lockPath(), JSON.stringify({ pid: 1, realm: "another", nonce: "theirs" })),
    ],
  ])("that %s is noticed at the next heartbeat, for good", async (_, change) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const store = await open(folder);
    const things = await store.create("things", schema);
    const own = await readFile(lockPath(), "utf8");
    await change();
    vi.advanceTimersByTime(5_000);
    await expect
      .poll(() =>
        things.upsert([{ id: 1, vector: [1, 1] }]).then(
          () => "written",
          (error) => error.details.lock,
        ),
      )
      .toBe("lost");
    await writeFile(lockPath(), own);
    await expect(things.upsert([{ id: 2, vector: [1, 1] }])).rejects.toMatchObject(lost);
    await Promise.allSettled([store.close()]);
    expect(await readFile(lockPath(), "utf8")).toBe(own);
    vi.useRealTimers();
  });
});

describe("a process that was stopped by a signal", () => {
  const script = `
    const { open } = await import(${JSON.stringify(new URL("../../dist/engine/open.js", import.meta.url).href)});
    const store = await open(process.argv[1]);
    const things = await store.create("things", ${JSON.stringify(schema)});
    await things.upsert([{ id: 1, vector: [1, 1] }]);
    console.log("ready");
    process.stdin.once("data", async (ahead) => {
      const now = Date.now;
      Date.now = () => now() + Number(ahead);
      const told = await things.upsert([{ id: 3, vector: [3, 3] }]).then(() => "written", (error) => error.code);
      await store.close().catch(() => {});
      console.log(told);
      process.exit();
    });
  `;
  /** Stopped for `stoppedMs`; the rest of the half minute its clock goes forward. */
  async function stop(stoppedMs: number): Promise<void> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe("ready");
    await makeForeign();
    child.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, stoppedMs));
    const restMs = 31_000 - stoppedMs;
    sleep(restMs);
    const successor = await open(folder);
    const after = await successor.collection("things", schema);
    await after.upsert([{ id: 2, vector: [2, 2] }]);
    child.kill("SIGCONT");
    child.stdin.write(String(restMs));
    expect((await lines.next()).value).toBe("failed_precondition");
    await after.upsert([{ id: 4, vector: [4, 4] }]);
    await successor.close();
    expect(await idsAfterReopening()).toEqual([1, 2, 4]);
  }

  it("finds its lock taken over when it wakes, and writes nothing", async () => {
    await stop(500);
  });

  it.skipIf(!process.env.FRANCA_SLOW)(
    "the same by nobody's clock but time",
    async () => {
      await stop(31_000);
    },
    90_000,
  );
});

/** The folder, with `wait` between what the engine asks to write and its being written. */
function beforeWrites(directory: Directory, wait: () => Promise<void>): Directory {
  const slow = (file: File): File => {
    const { write } = file;
    file.write = async (offset, pieces) => {
      await wait();
      await write.call(file, offset, pieces);
    };
    return file;
  };
  const { open: openFile, directory: inner } = directory;
  directory.open = async (name, options) => slow(await openFile.call(directory, name, options));
  directory.directory = async (name) => beforeWrites(await inner.call(directory, name), wait);
  return directory;
}
