/**
 * Media that are full, read-only, forbidden, not what was expected, or of a newer version: on real file systems where
 * that can be had. Every error says what happened, to which file, and what to do; nothing acknowledged is lost.
 */
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import { open } from "../../src/engine/open.ts";
import { isFrancaError } from "../../src/errors.ts";
import type { Store } from "../../src/store.ts";

const isRoot = process.getuid?.() === 0;
const schema = { vectors: { v: { dimension: 8 } } } as const;
const dist = JSON.stringify(new URL("../../dist/engine/open.js", import.meta.url).href);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-medium-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Whether a file system of one's own can be mounted here: asked once, by doing it. */
function mount(at: string, options: string): boolean {
  return isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", options, "none", at]).status === 0;
}

function unmount(at: string): void {
  expect(spawnSync("umount", [at], { encoding: "utf8" }).stderr).toBe("");
}

async function idsOf(store: Store): Promise<unknown[]> {
  const things = await store.collection("things", schema);
  const { points } = await things.scroll({ limit: 10_000, select: { vectors: true } });
  for (const { id, vectors } of points) expect([...vectors!.v!]).toEqual(new Array(8).fill(Number(id)));
  return points.map(({ id }) => id);
}

const pointOf = (id: number) => ({
  id,
  vector: new Array<number>(8).fill(id),
  payload: { text: "x".repeat(2000) },
});

describe("a file system without room", () => {
  it("refuses what does not fit with resource_exhausted, takes writes again when there is room, and loses nothing", async (test) => {
    const small = join(folder, "small");
    await mkdir(small);
    if (!mount(small, "size=1m")) return test.skip("mount needs root");
    try {
      await writeFile(join(small, "ballast"), new Uint8Array(600_000));
      const path = join(small, "database");
      const store = await open(path);
      const things = await store.create("things", schema);
      const acknowledged: number[] = [];
      const refused: unknown[] = [];
      for (let id = 1; id < 400; id += 4) {
        const results = await Promise.allSettled(
          [id, id + 1, id + 2, id + 3].map((one) => things.upsert([pointOf(one)]).then(() => one)),
        );
        for (const result of results) {
          if (result.status === "fulfilled") acknowledged.push(result.value);
          else refused.push(result.reason);
        }
      }
      expect(refused.length).toBeGreaterThan(0);
      for (const error of refused) {
        expect(error).toMatchObject({
          code: "resource_exhausted",
          message: expect.stringMatching(
            /there is no room \(ENOSPC.*segment-000001\..*\); nothing was written\. Free some/,
          ),
          details: { outcome: "undone", cause: "ENOSPC", file: expect.stringContaining(path) },
        });
      }
      expect(await idsOf(store)).toEqual(acknowledged);
      await rm(join(small, "ballast"));
      await things.upsert([pointOf(1000)]);
      acknowledged.push(1000);
      await store.close();
      const again = await open(path);
      expect(await idsOf(again)).toEqual(acknowledged);
      // Not even room for the checkpoint of closing.
      await (await again.collection("things")).delete({ ids: [acknowledged[0]!] });
      const rest = spawnSync("dd", ["if=/dev/zero", `of=${join(small, "rest")}`, "bs=4096"]);
      expect(rest.status).not.toBe(0);
      await expect(again.close()).rejects.toMatchObject({ code: "resource_exhausted" });
      await rm(join(small, "rest"));
      const third = await open(path);
      expect(await idsOf(third)).toEqual(acknowledged.slice(1));
      await third.close();
    } finally {
      unmount(small);
    }
  });

  it("cannot make a database there, and says so", async (test) => {
    const full = join(folder, "full");
    await mkdir(full);
    if (!mount(full, "size=64k")) return test.skip("mount needs root");
    try {
      expect(spawnSync("dd", ["if=/dev/zero", `of=${join(full, "rest")}`, "bs=4096"]).status).not.toBe(0);
      await expect(open(full)).rejects.toMatchObject({
        code: "resource_exhausted",
        message: expect.stringMatching(/no room/),
      });
      await rm(join(full, "rest"));
      await (await open(full)).close();
    } finally {
      unmount(full);
    }
  });

  it("is the same when it is a limit on the size of files (ulimit -f)", async () => {
    const script = `
      const { open } = await import(${dist});
      const store = await open(process.argv[1]);
      const things = await store.create("things", { vectors: { v: { dimension: 8 } } });
      for (let id = 1; id <= 60; id++) {
        const point = { id, vector: new Array(8).fill(id), payload: { text: "x".repeat(2000) } };
        await things.upsert([point]).then(() => console.log(id), (error) => console.error(error.code, error.message));
      }
      process.exit();
    `;
    const command = `ulimit -f 64; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command, process.execPath, script, folder], {
      encoding: "utf8",
    });
    const acknowledged = stdout.trim().split("\n").map(Number);
    expect(acknowledged.length).toBeLessThan(60);
    expect(stderr).toMatch(/^resource_exhausted there is no room \(EFBIG.*segment-000001\.log/);
    const store = await open(folder);
    expect(await idsOf(store)).toEqual(acknowledged);
    await (await store.collection("things", schema)).upsert([pointOf(100)]);
    expect(await idsOf(store)).toEqual([...acknowledged, 100]);
    await store.close();
  });
});

describe("a place where a database cannot be", () => {
  it.each([
    ["a file", "file"],
    ["a path below a file", "file/database"],
  ])("that is %s is failed_precondition, and says what to give", async (_, path) => {
    await writeFile(join(folder, "file"), "not a folder");
    await expect(open(join(folder, path))).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/file.*cannot be opened: a database is a folder.*Give the path/),
    });
    expect(await readFile(join(folder, "file"), "utf8")).toBe("not a folder");
  });

  it("that holds a folder of the name of one of its files is told, not overwritten", async () => {
    await mkdir(join(folder, "catalog"));
    await expect(open(folder)).rejects.toSatisfy((error: unknown) => isFrancaError(error));
  });

  it("that is a read-only file system is permission_denied", async (test) => {
    const place = join(folder, "read-only");
    await mkdir(place);
    if (!mount(place, "size=1m")) return test.skip("mount needs root");
    try {
      await (await open(place)).close();
      expect(spawnSync("mount", ["-o", "remount,ro", place]).status).toBe(0);
      await expect(open(place)).rejects.toMatchObject({
        code: "permission_denied",
        message: expect.stringMatching(/read-only.*Mount it writable/),
      });
    } finally {
      unmount(place);
    }
  });

  it("that others own is permission_denied, with the file; and so is one file of a database", async () => {
    const store = await open(folder);
    const things = await store.create("things", schema);
    await things.upsert([pointOf(1)]);
    await store.close();
    const catalog = join(folder, "catalog");
    await chmod(folder, 0o555);
    const refused = asNobody(folder);
    expect(refused).toMatch(
      new RegExp(
        `^permission_denied ${folder} cannot be opened: this process may not \\(EACCES.*Let its user`,
      ),
    );
    await chmod(folder, 0o777);
    await chmod(catalog, 0o000);
    const ofFile = asNobody(folder);
    expect(ofFile).toMatch(new RegExp(`^permission_denied .*EACCES.*${catalog}`));
    await chmod(catalog, 0o644);
    const again = await open(folder);
    expect(await idsOf(again)).toEqual([1]);
    await again.close();
  });
});

/** What opening and counting says to a user whom permissions hold for: root is not one. */
function asNobody(path: string): string {
  const script = `
    const { open } = await import(${dist});
    try {
      const store = await open(process.argv[1]);
      console.log((await (await store.collection("things")).count()).count);
    } catch (error) { console.log(error.code, error.message); }
    process.exit();
  `;
  const user = isRoot ? { uid: 65534, gid: 65534 } : {};
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script, path], {
    encoding: "utf8",
    ...user,
  });
  return run.stdout + run.stderr;
}

describe("a database that a newer version wrote", () => {
  it.each([
    ["catalog", undefined],
    ["collection-000001/manifest", undefined],
    ["collection-000001/segment-000001.log", undefined],
    ["collection-000001/slots.checkpoint", "derived_rebuilt"],
    ["collection-000001/payload-indexes.checkpoint", "derived_rebuilt"],
    ["collection-000001/graph-0.checkpoint", "derived_rebuilt"],
  ])("is refused, or opened from the log: %s", async (name, warning) => {
    const store = await open(folder);
    const things = await store.create("things", schema);
    await things.upsert([pointOf(1), pointOf(2)]);
    await things.optimize();
    await store.close();
    const before = await makeNewer(join(folder, name));
    const opened = open(folder).then(async (newer) => {
      try {
        const found = await idsOf(newer);
        const { warnings } = await (await newer.collection("things")).stats();
        return { found, codes: warnings.map(({ code }) => code) };
      } finally {
        await newer.close();
      }
    });
    if (warning === undefined) {
      await expect(opened).rejects.toMatchObject({
        code: "failed_precondition",
        message: expect.stringMatching(
          /has format version 9; this build reads up to \d: open it with a newer/,
        ),
      });
      await writeFile(join(folder, name), before);
      const again = await open(folder);
      expect(await idsOf(again)).toEqual([1, 2]);
      await again.close();
    } else {
      expect(await opened).toEqual({ found: [1, 2], codes: [warning] });
    }
  });
});

/** As version 9 with a good checksum; returns what was there. */
async function makeNewer(path: string): Promise<Uint8Array> {
  const kernel = await loadKernel();
  const before = new Uint8Array(await readFile(path));
  const bytes = before.slice();
  const view = new DataView(bytes.buffer);
  if (path.endsWith(".log")) {
    view.setUint32(8, 9, true);
    view.setUint32(12, kernel.crc32c(bytes.subarray(16, 32), kernel.crc32c(bytes.subarray(8, 12))), true);
  } else {
    view.setUint32(12, 9, true);
    view.setUint32(8, kernel.crc32c(bytes.subarray(12, 32), kernel.crc32c(bytes.subarray(32))), true);
  }
  await writeFile(path, bytes);
  return before;
}
