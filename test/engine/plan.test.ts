/** What `plan` says follows from what is asked; bench/src/memory.mjs holds it against what is measured. */
import { describe, expect, it } from "vitest";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { plan } from "../../src/engine/memory/plan.ts";
import { describeKernels } from "../kernels.ts";
import { openOn, seeded } from "./opened.ts";

describeKernels("a plan", (kernel) => {
  it("comes near what the accountant counts of a collection like that", async () => {
    const dimension = 32;
    const points = 6000;
    const { loadKernel } = await import("../../src/engine/kernel/load.ts");
    const store = await openOn(memoryDirectory(), { kernel: await loadKernel({ prefer: kernel }) });
    const schema = { vectors: { body: { dimension } }, payload: { group: { type: "integer" } } } as const;
    const things = await store.create("things", schema);
    const random = seeded(5);
    for (let first = 0; first < points; first += 500) {
      await things.upsert(
        Array.from({ length: 500 }, (_, i) => ({
          id: first + i,
          vector: Array.from({ length: dimension }, () => random() - 0.5),
          payload: { group: i, text: "x".repeat(40) },
        })),
      );
    }
    await things.optimize();
    const { memory, diskBytes } = await things.stats();
    const { mappedBytes: _, checkpoint, files: __, ...held } = memory!;
    const heldBytes = Object.values(held).reduce((sum, bytes) => sum + bytes, 0);
    const planned = await plan({
      points,
      dimension,
      payloadBytes: 65,
      payloadFields: schema.payload,
      kernel,
    });
    // The kernel takes memory by pages, and WebAssembly by chunks: that weighs in so small a collection.
    const slack = kernel === "wasm" ? 1.6 : 1.25;
    const data = planned.memoryBytes - planned.parts.memory.process;
    expect(data).toBeGreaterThan(heldBytes / slack);
    expect(data).toBeLessThan(heldBytes * 1.2);
    expect(planned.budgetBytes).toBeGreaterThan(data + checkpoint / 2);
    expect(planned.diskBytes).toBeGreaterThan(diskBytes * 0.6);
    expect(planned.diskBytes).toBeLessThan(diskBytes * 1.3);
    expect(planned.buildMs).toBeGreaterThan(0);
    await store.close();
  });

  it("comes near what sparse and multi vectors take", async () => {
    const points = 2000;
    const { loadKernel } = await import("../../src/engine/kernel/load.ts");
    const store = await openOn(memoryDirectory(), { kernel: await loadKernel({ prefer: kernel }) });
    const things = await store.create("things", {
      vectors: {},
      sparse: { s: {} },
      multi: { m: { dimension: 16 } },
    });
    const random = seeded(6);
    const row = () => Array.from({ length: 16 }, () => random() + 0.1);
    for (let first = 0; first < points; first += 500) {
      await things.upsert(
        Array.from({ length: 500 }, (_, i) => ({
          id: first + i,
          sparse: {
            s: {
              indices: Array.from({ length: 20 }, (_, at) => (i * 7 + at * 31) % 1000),
              values: row().concat(row()).slice(0, 20),
            },
          },
          multi: { m: [row(), row(), row(), row()] },
        })),
      );
    }
    const { vectors, diskBytes } = await things.stats();
    const { parts } = await plan({
      points,
      dimension: 1,
      index: "flat",
      sparse: [{ components: 20, indices: 1000 }],
      multi: [{ dimension: 16, rows: 4 }],
      kernel,
    });
    const held = vectors.s!.memoryBytes + vectors.m!.memoryBytes;
    expect(parts.memory.entryVectors).toBeGreaterThan(held * 0.7);
    expect(parts.memory.entryVectors).toBeLessThan(held * 1.3);
    expect(parts.disk.log).toBeGreaterThan(diskBytes * 0.9);
    expect(parts.disk.log).toBeLessThan(diskBytes * 1.1);
    await store.close();
  });

  it("maps vectors where the limit asks for it, if the kernel can, and says whether it fits", async () => {
    const request = { points: 1_000_000, dimension: 768, index: "flat", kernel } as const;
    const all = await plan(request);
    expect(all).toMatchObject({ mappedBytes: 0, fits: true, buildMs: 0 });
    const limited = await plan({ ...request, maxMemoryBytes: 2 ** 30 });
    expect(limited.fits).toBe(kernel === "native");
    expect(limited.mappedBytes > 0).toBe(kernel === "native");
    expect(limited.memoryBytes + limited.mappedBytes).toBeGreaterThanOrEqual(all.memoryBytes - 1);
    expect(await plan({ ...request, maxMemoryBytes: 2 ** 24 })).toMatchObject({ fits: false });
  });
});

describe("a plan's request", () => {
  it("is checked, and nothing in it is passed over", async () => {
    const good = { points: 10, dimension: 4 };
    for (const bad of [
      { ...good, points: -1 },
      { ...good, dimension: 0 },
      { ...good, m: 1 },
      { ...good, payloadBytes: Number.NaN },
      { ...good, maxMemoryBytes: 0 },
      { ...good, colour: "red" },
      { ...good, sparse: [{ components: -1, indices: 1 }] },
      { ...good, multi: [{ dimension: 0, rows: 1 }] },
      undefined,
    ]) {
      await expect(plan(bad as never)).rejects.toMatchObject({ code: "invalid_argument" });
    }
    expect((await plan({ ...good, points: 0, index: "flat" })).diskBytes).toBe(0);
  });
});
