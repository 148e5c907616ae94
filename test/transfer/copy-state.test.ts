/** A copy that was stopped goes on where it was, and its state is that copy's alone. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copyStateFile, copyStore } from "../../src/transfer/transfer.ts";
import { around, filled, memory } from "./copied.ts";

function stateIn(): string {
  const folder = mkdtempSync(join(tmpdir(), "franca-copy-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "state");
}

async function stopped(path: string) {
  const [source, target] = [await memory(), await memory()];
  await filled(source, "a", 400);
  await filled(source, "b", 400);
  const stop = new AbortController();
  const copying = copyStore(source, target, {
    batchSize: 20,
    state: copyStateFile(path),
    signal: stop.signal,
    onProgress: ({ points }) => points >= 600 && stop.abort(),
  });
  const error = await copying.catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "cancelled" });
  return { source, target, done: error.details.report.points as number };
}

test("the second run writes what the first one had not confirmed, and the state is gone when all is done", async () => {
  const path = stateIn();
  const { source, target, done } = await stopped(path);
  expect(existsSync(path)).toBe(true);
  let written = 0;
  const counting = around(target, {}, (own) => ({
    upsert(points, options) {
      written += points.length;
      return own.upsert(points, options);
    },
  }));
  const report = await copyStore(source, counting, { batchSize: 20, state: copyStateFile(path) });
  expect(report).toMatchObject({ points: 800 - done, resumed: done, verified: { isEqual: true } });
  expect(written).toBe(800 - done);
  expect(existsSync(path)).toBe(false);
});

test("a state of another copy is refused: other places, names, schema", async () => {
  const path = stateIn();
  const { source, target } = await stopped(path);
  const state = copyStateFile(path);
  const refused = { code: "failed_precondition", message: expect.stringContaining("another copy") };
  await expect(copyStore(source, target, { state, places: { from: "x", to: "y" } })).rejects.toMatchObject(
    refused,
  );
  await expect(copyStore(source, target, { state, collections: ["a"] })).rejects.toMatchObject(refused);
  await expect(copyStore(source, target, { state, rename: { a: "c" } })).rejects.toMatchObject(refused);
  await source.create("c", { vectors: {} });
  await expect(copyStore(source, target, { state })).rejects.toMatchObject(refused);
  expect((await state.load())!.collections.a).toMatchObject({ isDone: true, points: 400 });
});

test("a state that is damaged, of a newer build or no state at all is refused, and not replaced", async () => {
  const path = stateIn();
  const { source, target } = await stopped(path);
  const whole = readFileSync(path, "utf8");
  const state = copyStateFile(path);
  for (const [text, code] of [
    [whole.replace('points\\":', 'points\\":1'), "data_loss"],
    ["{}", "failed_precondition"],
    [whole.slice(0, 40), "failed_precondition"],
  ] as const) {
    writeFileSync(path, text);
    await expect(copyStore(source, target, { state })).rejects.toMatchObject({ code });
    expect(readFileSync(path, "utf8")).toBe(text);
  }
});

test("a target that has lost the collection gets all of it, whatever the state says", async () => {
  const path = stateIn();
  const { source, target } = await stopped(path);
  await target.drop("a");
  const report = await copyStore(source, target, { state: copyStateFile(path) });
  expect(report.verified).toMatchObject({ isEqual: true });
});

test("after a verification that failed the same copy again copies what differs, and no more", async () => {
  const path = stateIn();
  const [source, target] = [await memory(), await memory()];
  await filled(source, "a", 400);
  // Acknowledges some points that it does not write.
  const lossy = around(target, {}, (own) => ({
    upsert: (points, options) => own.upsert(points.slice(7), options),
  }));
  const first = await copyStore(source, lossy, { batchSize: 100, state: copyStateFile(path) });
  expect(first.verified?.isEqual).toBe(false);
  expect(existsSync(path)).toBe(true);
  const second = await copyStore(source, target, { state: copyStateFile(path) });
  expect(second).toMatchObject({ points: 0, resumed: 400, verified: { isEqual: true } });
  expect(second.collections[0]?.caughtUp).toMatchObject({ written: 28, deleted: 0 });
  expect(existsSync(path)).toBe(false);
});
