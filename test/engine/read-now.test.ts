/** Bytes that the system has in memory anyway are read on the spot. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nodeDirectory } from "../../src/engine/files/node.ts";

async function withFile(
  readCached: ((descriptor: number, offset: number, bytes: Uint8Array) => number) | undefined,
  use: (file: Awaited<ReturnType<Awaited<ReturnType<typeof nodeDirectory>>["open"]>>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "franca-read-now-"));
  try {
    const file = await (await nodeDirectory(folder, readCached)).open("some", { create: true });
    await file.write(0, [Uint8Array.from({ length: 10_000 }, (_, i) => i)]);
    await use(file);
    await file.close();
  } finally {
    await rm(folder, { recursive: true });
  }
}

it("are the same bytes as those that are waited for, or none: never fewer", async () => {
  const { loadKernel } = await import("../../src/engine/kernel/load.ts");
  const kernel = await loadKernel();
  await withFile(kernel.readCached?.bind(kernel), async (file) => {
    for (const [offset, length] of [
      [0, 10],
      [4090, 20],
      [9_000, 1_000],
    ] as const) {
      const now = file.readNow?.(offset, length);
      if (now !== undefined) expect(now).toEqual(await file.read(offset, length));
    }
    expect(file.readNow?.(9_990, 20)).toBeUndefined();
    expect(file.readNow?.(20_000, 1)).toBeUndefined();
  });
});

it("what cannot be had now is waited for, and what never can is not asked for again", async () => {
  let asked = 0;
  const answers = [-1, 5, -2];
  const readCached = (): number => answers[asked++]!;
  await withFile(readCached, async (file) => {
    for (let i = 0; i < 5; i++) expect(file.readNow?.(0, 10)).toBeUndefined();
    expect(asked).toBe(3);
    expect(await file.read(0, 3)).toEqual(Uint8Array.of(0, 1, 2));
  });
});
