/**
 * Chooses the kernel's build: the native addon where it loads, WebAssembly otherwise. What was tried and why is
 * kept for `franca doctor` (doctor.ts).
 */
import { FrancaError } from "../../errors.ts";
import type { Kernel } from "../kernel.ts";

export type Build = Kernel["build"];

export interface LoadKernelOptions {
  /** Only this build, or an error. The environment variable FRANCA_KERNEL (native or wasm) says the same. */
  prefer?: Build;
  /** The bytes of kernel.wasm, where they are not to be read or fetched from the package (bundlers). */
  wasm?: Uint8Array;
}

export interface Attempt {
  build: Build;
  /** Absent: it loaded. */
  failure?: FrancaError;
  /** Where it was loaded from. */
  path?: string;
}

export interface LoadedKernel {
  kernel: Kernel;
  attempts: Attempt[];
  /** What restricted the choice, if anything did. */
  forcedBy: "prefer" | "FRANCA_KERNEL" | undefined;
}

const loaded = new Map<string, Promise<LoadedKernel>>();

/**
 * One kernel for the process (or one for each `prefer`): later calls get the same.
 * @throws FrancaError failed_precondition when no allowed build loads; its message lists the reasons
 */
export async function loadKernel(options: LoadKernelOptions = {}): Promise<Kernel> {
  return (await loadKernelWithReasons(options)).kernel;
}

export function loadKernelWithReasons(options: LoadKernelOptions = {}): Promise<LoadedKernel> {
  const named = environmentChoice();
  const only = named ?? options.prefer;
  const key = `${named}/${options.prefer}`;
  let loading = loaded.get(key);
  if (loading === undefined) {
    const forcedBy =
      named !== undefined ? "FRANCA_KERNEL" : options.prefer !== undefined ? "prefer" : undefined;
    loading = tryBuilds(only === undefined ? ["native", "wasm"] : [only], options.wasm, forcedBy);
    loaded.set(key, loading);
    // A failure is not kept: the next call may find what was built meanwhile.
    loading.catch(() => loaded.delete(key));
  }
  return loading;
}

async function tryBuilds(
  builds: Build[],
  wasm: Uint8Array | undefined,
  forcedBy: LoadedKernel["forcedBy"],
): Promise<LoadedKernel> {
  const attempts: Attempt[] = [];
  for (const build of builds) {
    try {
      const { kernel, path } = build === "native" ? await native() : await webAssembly(wasm);
      attempts.push({ build, path });
      return { kernel, attempts, forcedBy };
    } catch (error) {
      if (!(error instanceof FrancaError)) throw error;
      attempts.push({ build, failure: error });
    }
  }
  const reasons = attempts.map(({ build, failure }) => `${build}: ${failure?.message}`).join("; ");
  const restriction = forcedBy === undefined ? "" : ` (restricted by ${forcedBy})`;
  throw new FrancaError("failed_precondition", `no build of the kernel loads${restriction}. ${reasons}`, {
    details: { attempts },
  });
}

async function native(): Promise<{ kernel: Kernel; path: string }> {
  if (!inNode()) throw new FrancaError("unimplemented", "only Node loads native addons");
  return (await import("./native.ts")).loadNative();
}

async function webAssembly(given: Uint8Array | undefined): Promise<{ kernel: Kernel; path: string }> {
  const { loadWasm } = await import("./wasm.ts");
  if (given !== undefined) return { kernel: await loadWasm(given), path: "given bytes" };
  if (inNode()) {
    const { readWasm, wasmPath } = await import("./wasm-node.ts");
    return { kernel: await loadWasm(await readWasm()), path: wasmPath };
  }
  const url = new URL("../../../assets/kernel.wasm", import.meta.url);
  return { kernel: await loadWasm(await fetched(url)), path: url.href };
}

async function fetched(url: URL): Promise<Uint8Array> {
  let reason: unknown;
  try {
    const response = await fetch(url);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    reason = `the server answered ${response.status}`;
  } catch (error) {
    reason = error;
  }
  throw new FrancaError("not_found", `the WebAssembly kernel cannot be fetched from ${url}: ${reason}`);
}

function environmentChoice(): Build | undefined {
  const value = inNode() ? process.env.FRANCA_KERNEL : undefined;
  if (value === undefined || value === "" || value === "native" || value === "wasm")
    return value || undefined;
  throw new FrancaError(
    "invalid_argument",
    `FRANCA_KERNEL must be native or wasm, not ${JSON.stringify(value)}`,
  );
}

function inNode(): boolean {
  return typeof process !== "undefined" && process.versions?.node !== undefined;
}
