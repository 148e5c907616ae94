/** Which build of the kernel runs, why, and how to get a faster one: what `franca doctor` prints. */
import { FrancaError } from "../../errors.ts";
import { type Attempt, type Build, type LoadedKernel, loadKernelWithReasons } from "./load.ts";

export interface KernelReport {
  /** Undefined when none loads. */
  build: Build | undefined;
  instructionSet: string | undefined;
  /** The best that this machine could run with what is installed. */
  healthy: boolean;
  /** One sentence for people. */
  summary: string;
  /** What was tried, in order, and what came of it. */
  attempts: { build: Build; outcome: string }[];
  /** What to do about it; empty when there is nothing to do. */
  advice: string[];
}

export async function kernelReport(): Promise<KernelReport> {
  let found: LoadedKernel;
  try {
    found = await loadKernelWithReasons();
  } catch (error) {
    if (!(error instanceof FrancaError)) throw error;
    const attempts = (error.details.attempts ?? []) as Attempt[];
    return {
      build: undefined,
      instructionSet: undefined,
      healthy: false,
      summary: error.message,
      attempts: attempts.map(outcome),
      advice: [
        "Run `npm run prepare` in a checkout, or install the package again.",
        ...attempts.flatMap(mend),
      ],
    };
  }
  const { kernel, attempts, forcedBy } = found;
  const advice = attempts.flatMap(mend);
  if (forcedBy !== undefined && kernel.build === "wasm") {
    advice.push(`${forcedBy} asks for WebAssembly; without it the native build is tried first.`);
  }
  if (kernel.instructionSet === "scalar") {
    advice.push("No vector instructions are in use: this processor has none that the kernel knows.");
  }
  return {
    build: kernel.build,
    instructionSet: kernel.instructionSet,
    healthy: advice.length === 0,
    summary:
      `The ${kernel.build === "native" ? "native" : "WebAssembly"} kernel runs with ${kernel.instructionSet}` +
      (forcedBy === undefined ? "." : `, as ${forcedBy} asks.`),
    attempts: attempts.map(outcome),
    advice,
  };
}

function outcome({ build, failure, path }: Attempt): { build: Build; outcome: string } {
  return { build, outcome: failure === undefined ? `loaded from ${path}` : failure.message };
}

function mend({ build, failure }: Attempt): string[] {
  if (failure === undefined || failure.code === "unimplemented") return [];
  if (build === "wasm") return ["Build assets/kernel.wasm: `node scripts/build-wasm.mjs` in a checkout."];
  const how =
    "install a C++20 compiler, make and Python 3, then run `REQUIRE_NATIVE=1 npm run prepare` in a checkout, or " +
    "`npx node-gyp rebuild --directory node_modules/franca/native/node` beside the package.";
  return failure.code === "not_found"
    ? [`Search is two to three times faster with the native kernel: ${how}`]
    : [`The native kernel is there but cannot be used here; build it again: ${how}`];
}
