/** The kernel as a Node-API addon: the fastest build, where one was built or shipped for this platform. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { FrancaError } from "../../errors.ts";
import type { JsonKeys, Kernel, MappedFile, Metric, VectorIndex, VectorIndexOptions } from "../kernel.ts";
import type { Addon, JsonAnswer } from "./addon.ts";
import { checkMetric, checkPair, metricCode } from "./arguments.ts";
import {
  assembled,
  assembledInSlices,
  checkJson,
  type JsonParts,
  jsonPieceBytes,
  largeJsonBytes,
  maxJsonDepth,
  namesOf,
} from "./json.ts";
import { NativeIndex } from "./native-index.ts";
import { NativeMapping } from "./native-mapping.ts";
import { abiVersion } from "./status.ts";

/** Where the addon may lie, first hit wins: what this checkout built, then what the package ships. */
export function nativePaths(): string[] {
  const root = new URL("../../../", import.meta.url);
  return [
    `native/node/build/Release/franca_kernel.node`,
    `prebuilds/${process.platform}-${process.arch}/franca_kernel.node`,
  ].map((path) => fileURLToPath(new URL(path, root)));
}

/**
 * @throws FrancaError not_found when no addon lies in any of the places, failed_precondition when one does but
 * cannot be loaded here
 */
export function loadNative(): { kernel: Kernel; path: string } {
  const paths = nativePaths();
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) {
    throw new FrancaError("not_found", `there is no native kernel at ${paths.join(" or ")}`, {
      details: { paths },
    });
  }
  return { kernel: new NativeKernel(open(path)), path };
}

class NativeKernel implements Kernel {
  readonly build = "native";
  readonly instructionSet: string;
  readonly #addon: Addon;
  readonly #cores: number = availableParallelism();

  constructor(addon: Addon) {
    this.#addon = addon;
    this.instructionSet = addon.instructionSet();
  }

  crc32c(bytes: Uint8Array, seed = 0): number {
    return this.#addon.crc32c(seed, bytes);
  }

  firstBadRow(bytes: Uint8Array, rowBytes: number, checksums: Uint32Array): number {
    return this.#addon.firstBadRow(bytes, rowBytes, checksums);
  }

  distance(metric: Metric, a: Float32Array, b: Float32Array): number {
    checkMetric(metric);
    checkPair(a, b);
    return this.#addon.distance(metricCode[metric], a, b);
  }

  readJson(body: Uint8Array, keys: JsonKeys): unknown {
    const names = namesOf(keys);
    const depth = keys.maxDepth ?? maxJsonDepth;
    const answer: JsonAnswer = [];
    if (body.byteLength <= largeJsonBytes) {
      checkJson(this.#addon.readJsonSync(body, names, depth, 0, answer), body);
      return assembled(body, partsOf(answer));
    }
    return this.#addon.readJson(body, names, depth, jsonPieceBytes, answer).then((code) => {
      checkJson(code, body);
      return assembledInSlices(body, partsOf(answer));
    });
  }

  createIndex(options: VectorIndexOptions): VectorIndex {
    return new NativeIndex(this.#addon, this.#cores, options);
  }

  readCached(descriptor: number, offset: number, bytes: Uint8Array): number {
    return this.#addon.readCached(descriptor, offset, bytes);
  }

  mapFile(path: string, sizeBytes: number): MappedFile {
    return new NativeMapping(this.#addon, path, sizeBytes);
  }
}

function partsOf(answer: JsonAnswer): JsonParts {
  const [fault = 0, faultAt = 0, text = "", floats, places, keys, lists, pieces] = answer;
  return {
    fault,
    faultAt,
    text,
    floats: floats ?? nothing,
    places: places === undefined ? noWords : new Uint32Array(places),
    keys: keys === undefined ? noWords : new Uint32Array(keys),
    lists: lists === undefined ? noWords : new Uint32Array(lists),
    pieces: pieces === undefined ? noBytes : new Uint8Array(pieces),
  };
}

const nothing = new ArrayBuffer(0);
const noWords = new Uint32Array(nothing);
const noBytes = new Uint8Array(nothing);

function open(path: string): Addon {
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FrancaError("failed_precondition", `the native kernel at ${path} does not load: ${reason}`, {
      cause,
    });
  }
  const found = addon.abiVersion();
  if (found === abiVersion) return addon;
  throw new FrancaError(
    "failed_precondition",
    `the native kernel at ${path} has version ${found} of its interface, but ${abiVersion} is needed`,
  );
}
