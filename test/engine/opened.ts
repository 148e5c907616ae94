/** Opens the engine on the tests' disks, with sizes that make small databases roll segments and take checkpoints. */
import { type EngineOptions, openEngine } from "../../src/engine/engine.ts";
import type { Directory } from "../../src/engine/file.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { Store } from "../../src/store.ts";

export async function openOn(directory: Directory, options: Partial<EngineOptions> = {}): Promise<Store> {
  return openEngine(directory, {
    kernel: await loadKernel(),
    durability: "commit",
    checkpointBytes: 2 ** 20,
    syncEveryMs: 60_000,
    segmentBytes: { log: 2 ** 20, vectors: 2 ** 20 },
    ...options,
  });
}

/** A seed's numbers from 0 to 1, the same on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
