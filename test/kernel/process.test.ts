/** The addon and the process around it: exits, workers, and what keeps the event loop alive. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nativePaths } from "../../src/engine/kernel/native.ts";

const path = nativePaths().find((candidate) => existsSync(candidate));

/** Runs `body` in a process of its own, with the addon, an index of 20,000 × 64 in it, and `build()` at hand. */
function run(body: string): { status: number | null; signal: string | null; stdout: string; stderr: string } {
  const code = `
    const path = ${JSON.stringify(path)};
    const addon = require(path);
    const index = addon.createIndex(64, 2, 16, 200, 42);
    addon.put(index, 0, Float32Array.from({ length: 20000 * 64 }, (_, i) => Math.sin(i * i)));
    const control = new Uint32Array(2);
    const build = () => addon.build(index, 2, control);
    const answer = new Uint8Array(72 + 4 * 21);
    const search = () => addon.search(index, new Float32Array(64), 10, 10, 1, undefined, answer, 0, 0, new Uint32Array(2));
    ${body}`;
  return spawnSync(process.execPath, ["--expose-gc", "-e", code], { encoding: "utf8", timeout: 30_000 });
}

// Skipped where no addon was built: there was no C++ compiler at `npm ci`.
describe.skipIf(path === undefined)("the addon in its process", () => {
  it("process.exit in the middle of a build ends the process with its code", () => {
    expect(run("build(); search(); setTimeout(() => process.exit(3), 50)")).toMatchObject({
      status: 3,
      signal: null,
    });
  });

  it("an idle kernel keeps no process alive, a running search does", () => {
    const { status, stdout } = run("search().then((code) => console.log('settled', code))");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "settled 0\n" });
  });

  it("a worker may be terminated in the middle of a build, and the addon goes on in the main thread", () => {
    const { status, stdout, stderr } = run(`
      const { Worker } = require("node:worker_threads");
      const worker = new Worker(\`
        const addon = require(\${JSON.stringify(path)});
        const index = addon.createIndex(64, 2, 16, 200, 42);
        addon.put(index, 0, Float32Array.from({ length: 20000 * 64 }, (_, i) => Math.sin(i * i)));
        addon.build(index, 2, new Uint32Array(2));
        require("node:worker_threads").parentPort.postMessage("building");
      \`, { eval: true });
      worker.once("message", async () => {
        await worker.terminate();
        console.log(await search());
      });`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "0\n", stderr: "" });
  });

  it("a worker that alone had loaded the addon may leave with it", () => {
    const code = `
      const { Worker } = require("node:worker_threads");
      const start = () => new Worker(\`
        const addon = require(${JSON.stringify(path)});
        const index = addon.createIndex(4, 2, 16, 200, 42);
        addon.put(index, 0, new Float32Array(400));
        const answer = new Uint8Array(72 + 4 * 3);
        addon.search(index, new Float32Array(4), 1, 10, 1, undefined, answer, 0, 0, new Uint32Array(2));
      \`, { eval: true });
      start().once("exit", () => start().once("exit", (code) => console.log("left", code)));`;
    const { status, stdout } = spawnSync(process.execPath, ["-e", code], {
      encoding: "utf8",
      timeout: 30_000,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "left 0\n" });
  });

  it("an index that is forgotten is collected, and V8 is told of the memory meanwhile", () => {
    const { status, stdout } = run(`
      const outside = () => process.memoryUsage().external;
      // What was made before is collected first, or it would be missing from the growth.
      gc();
      const before = outside();
      const use = () => {
        const forgotten = addon.createIndex(1000, 2, 16, 200, 42);
        for (let slot = 0; slot < 4000; slot++) addon.put(forgotten, slot, new Float32Array(1000));
        return outside() - before > 16e6;
      };
      const told = use();
      let turns = 0;
      const collect = () => {
        gc();
        if (outside() - before < 8e6) console.log(told, "collected");
        else if (turns++ < 50) setImmediate(collect);
      };
      setImmediate(collect);`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "true collected\n" });
  });

  it("a search whose index is dropped at once still settles", () => {
    const { status, stdout } = run(`
      (() => {
        let other = addon.createIndex(64, 2, 16, 200, 42);
        addon.put(other, 0, new Float32Array(64 * 5000));
        const settled = addon.search(
          other, new Float32Array(64), 10, 10, 1, undefined, new Uint8Array(72 + 4 * 21), 0, 0, new Uint32Array(2));
        addon.freeIndex(other);
        other = undefined;
        gc();
        settled.then((code) => console.log(code));
      })();`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "0\n" });
  });
});
