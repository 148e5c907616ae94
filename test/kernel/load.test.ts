/** Which build is chosen, and what the doctor says of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const addon = vi.hoisted(() => ({ failure: undefined as Error | undefined }));

vi.mock("../../src/engine/kernel/native.ts", () => ({
  loadNative: () => {
    if (addon.failure !== undefined) throw addon.failure;
    return { kernel: { build: "native", instructionSet: "avx2" }, path: "/addon.node" };
  },
}));

describe("loading the kernel", () => {
  let loader: typeof import("../../src/engine/kernel/load.ts");
  let doctor: typeof import("../../src/engine/kernel/doctor.ts");

  beforeEach(async () => {
    vi.resetModules();
    vi.stubEnv("FRANCA_KERNEL", "");
    addon.failure = undefined;
    loader = await import("../../src/engine/kernel/load.ts");
    doctor = await import("../../src/engine/kernel/doctor.ts");
  });
  afterEach(() => vi.unstubAllEnvs());

  const missing = async (code: "not_found" | "failed_precondition") => {
    // The class of the freshly loaded modules, not the one that this file imported before.
    const errors = await import("../../src/errors.ts");
    addon.failure = new errors.FrancaError(code, "no addon here");
  };

  it("prefers native where it loads, and loads it once", async () => {
    const kernel = await loader.loadKernel();
    expect(kernel.build).toBe("native");
    expect(await loader.loadKernel()).toBe(kernel);
    expect(await doctor.kernelReport()).toMatchObject({
      build: "native",
      instructionSet: "avx2",
      healthy: true,
      attempts: [{ build: "native", outcome: "loaded from /addon.node" }],
      advice: [],
    });
  });

  it("falls back to WebAssembly, and the doctor tells why and what to do", async () => {
    await missing("not_found");
    expect((await loader.loadKernel()).build).toBe("wasm");
    const report = await doctor.kernelReport();
    expect(report).toMatchObject({ build: "wasm", instructionSet: "wasm-simd128", healthy: false });
    expect(report.attempts[0]).toEqual({ build: "native", outcome: "no addon here" });
    expect(report.advice.join()).toMatch(/compiler/);
  });

  it("tells an addon that does not load from one that is not there", async () => {
    await missing("failed_precondition");
    expect((await doctor.kernelReport()).advice.join()).toMatch(/cannot be used here/);
  });

  it("takes what is preferred or nothing", async () => {
    expect((await loader.loadKernel({ prefer: "wasm" })).build).toBe("wasm");
    expect((await loader.loadKernel({ prefer: "native" })).build).toBe("native");
    await missing("not_found");
    vi.resetModules();
    const again = await import("../../src/engine/kernel/load.ts");
    await missing("not_found");
    await expect(again.loadKernel({ prefer: "native" })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/restricted by prefer.*native: no addon here/),
    });
  });

  it("FRANCA_KERNEL outranks the code, and a word it does not know is refused", async () => {
    vi.stubEnv("FRANCA_KERNEL", "wasm");
    expect((await loader.loadKernel({ prefer: "native" })).build).toBe("wasm");
    const report = await doctor.kernelReport();
    expect(report.summary).toMatch(/FRANCA_KERNEL/);
    expect(report.healthy).toBe(false);
    vi.stubEnv("FRANCA_KERNEL", "fast");
    await expect((async () => loader.loadKernel())()).rejects.toThrow(/FRANCA_KERNEL.*"fast"/);
  });

  it("a failure is tried again at the next call", async () => {
    await missing("not_found");
    await expect(loader.loadKernel({ prefer: "native" })).rejects.toThrow();
    addon.failure = undefined;
    expect((await loader.loadKernel({ prefer: "native" })).build).toBe("native");
  });

  it("refuses bytes that are no kernel, and says what is needed", async () => {
    const { loadWasm } = await import("../../src/engine/kernel/wasm.ts");
    await expect(loadWasm(new Uint8Array(8))).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringMatching(/WebAssembly SIMD/),
    });
  });
});
