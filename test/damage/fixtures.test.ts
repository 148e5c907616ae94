/** Databases of earlier formats, and of processes that were killed, are no damage. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { repair } from "../../src/engine/verify/repair.ts";
import { verify } from "../../src/engine/verify/verify.ts";

const fixtures = join(import.meta.dirname, "../fixtures");

it.each(
  readdirSync(fixtures, { withFileTypes: true })
    .filter((version) => version.isDirectory() && version.name.startsWith("disk-v"))
    .flatMap((version) => ["closed", "killed"].map((how) => join(version.name, how))),
)("%s is whole to verify, and repaired completely", async (name) => {
  const folder = mkdtempSync(join(tmpdir(), "franca-damage-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = join(folder, "database");
  cpSync(join(fixtures, name), own, { recursive: true });
  const report = await verify(own);
  expect(report.collections.flatMap(({ damaged, unreadable }) => [...damaged, ...unreadable])).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.collections.reduce((sum, { points }) => sum + points, 0)).toBeGreaterThan(0);
  expect((await repair(own, join(folder, "saved"))).complete).toBe(true);
});
