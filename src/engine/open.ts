/**
 * `open`: one call from a place to a Store.
 */
import { FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import { type EngineStore, openEngine } from "./engine.ts";
import type { Directory } from "./file.ts";
import { memoryDirectory } from "./files/memory.ts";
import { loadKernel } from "./kernel/load.ts";
import type { Kernel } from "./kernel.ts";
import { systemFailure } from "./medium-failure.ts";
import { vectorSegmentBytes } from "./memory/budget.ts";
import { usualOptions } from "./usual-options.ts";
import type { Durability } from "./write/writer.ts";

export interface OpenOptions {
  /** Which build of the kernel; default the native one where it loads. */
  kernel?: "native" | "wasm";
  /**
   * "commit" (default): a write is acknowledged when it would survive a power cut. "os": when the operating system
   * has it; it survives the end of the process, and a power cut may take the last second of writes.
   */
  durability?: Durability;
  /**
   * What the collections' data may hold in memory, in bytes; at least 8 MiB. When it is short, vectors stay in their files
   * (mapped; native kernel, on disk); what does not fit even so is refused with resource_exhausted. Default: no limit.
   */
  maxMemoryBytes?: number;
  /**
   * Share of the time, 0 to 1, in which queries that were answered approximately are repeated exactly in the background,
   * so that stats() can tell their recall. Default 0.01; 0 turns it off.
   */
  sampleRecall?: number;
}

const leastMemoryBytes = 8 * 2 ** 20;

/**
 * Opens a database, or makes one: a folder's path, or ":memory:".
 * @throws FrancaError failed_precondition when another process has it open, a newer Franca wrote it, or it is no
 * folder; permission_denied, resource_exhausted, unavailable as the system says; data_loss;
 * unimplemented for addresses
 */
export async function open(location: string, options: OpenOptions = {}): Promise<EngineStore> {
  const { kernel, durability = "commit", maxMemoryBytes, sampleRecall = 0.01 } = options;
  if (durability !== "commit" && durability !== "os") {
    throw badInput("open: durability", `"commit" or "os"`, durability);
  }
  if (maxMemoryBytes !== undefined && !(maxMemoryBytes >= leastMemoryBytes)) {
    throw badInput("open: maxMemoryBytes", `a number of bytes, at least ${leastMemoryBytes}`, maxMemoryBytes);
  }
  if (typeof sampleRecall !== "number" || !(sampleRecall >= 0 && sampleRecall <= 1)) {
    throw badInput("open: sampleRecall", "a share from 0 to 1", sampleRecall);
  }
  const loaded = await loadKernel(kernel === undefined ? {} : { prefer: kernel });
  const directory = await directoryAt(location, loaded);
  return openEngine(directory, {
    kernel: loaded,
    durability,
    ...usualOptions,
    segmentBytes: { ...usualOptions.segmentBytes, vectors: vectorSegmentBytes(maxMemoryBytes) },
    ...(maxMemoryBytes !== undefined && { maxMemoryBytes }),
    recall: { sampleRecall },
  });
}

async function directoryAt(location: unknown, kernel: Kernel): Promise<Directory> {
  if (typeof location !== "string" || location === "") {
    throw badInput("open", `a folder's path or ":memory:"`, location ?? String(location));
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location)) {
    throw new FrancaError(
      "unimplemented",
      `${new URL(location).protocol}//… is no place that Franca knows; open a folder's path, ":memory:", or http(s):// of a Franca server`,
    );
  }
  if (location === ":memory:") return memoryDirectory();
  const { nodeDirectory } = await import("./files/node.ts");
  try {
    return await nodeDirectory(location, kernel.readCached?.bind(kernel));
  } catch (error) {
    throw systemFailure(error, `${location} cannot be opened`);
  }
}
