/** More files than descriptors: collections by the thousand, in a process that may open few. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeDirectory } from "../../src/engine/files/node.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

const openDescriptors = async () => (await readdir("/proc/self/fd")).length;

describe.runIf(process.platform === "linux")("more open files than descriptors", () => {
  it("a thousand files are written and read in turn with a few hundred descriptors, synced or not", async () => {
    const directory = await nodeDirectory(folder);
    const before = await openDescriptors();
    const names = Array.from({ length: 1000 }, (_, i) => `file-${i}`);
    const files = await Promise.all(names.map((name) => directory.open(name, { create: true })));
    for (let round = 0; round < 2; round++) {
      await Promise.all(files.map((file, i) => file.write(round * 4, [new Uint8Array(4).fill(i + round)])));
      await Promise.all(files.map((file) => file.sync()));
    }
    // What rests beyond the bound is closed in the background.
    await expect.poll(openDescriptors).toBeLessThan(before + 450);
    const found = await Promise.all(files.map((file) => file.read(0, 10)));
    found.forEach((bytes, i) => {
      const [a, b] = [i & 255, (i + 1) & 255];
      expect([...bytes]).toEqual([a, a, a, a, b, b, b, b]);
    });
    await Promise.all(files.map((file) => file.close()));
    expect(await openDescriptors()).toBeLessThanOrEqual(before);
  });

  it("a process without descriptors writes on with those it has, or gets resource_exhausted and loses nothing", () => {
    const script = `
      import { openSync, closeSync } from "node:fs";
      const { open } = await import(${JSON.stringify(new URL("../../dist/engine/open.js", import.meta.url).href)});
      // Loads what is imported when it is first needed.
      await (await open(process.argv[1])).close();
      const taken = [];
      const takeAll = () => { try { for (;;) taken.push(openSync("/dev/null")); } catch (error) { console.log(error.code); } };
      const giveBack = () => { while (taken.length > 0) closeSync(taken.pop()); };
      takeAll();
      await open(process.argv[1]).catch((error) => console.log(error.code));
      giveBack();
      const store = await open(process.argv[1]);
      const things = await store.create("things", { vectors: { v: { dimension: 2 } } });
      await things.upsert([{ id: 1, vector: [1, 0] }]);
      takeAll();
      await things.upsert([{ id: 2, vector: [0, 1] }]);
      const others = await store.create("others", { vectors: {} });
      await others.upsert([{ id: 3 }]);
      console.log((await things.count()).count, (await others.count()).count);
      giveBack();
      await store.close();
    `;
    const command = `ulimit -n 128; exec "$0" --input-type=module -e "$1" "$2"`;
    const run = spawnSync("sh", ["-c", command, process.execPath, script, folder], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.trim().split("\n")).toEqual(["EMFILE", "resource_exhausted", "EMFILE", "2 1"]);
  });
});
