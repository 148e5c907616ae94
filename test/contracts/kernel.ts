/** What every build of the kernel promises. Both drivers run this suite; its parts are in `kernel/`. */
import { describe } from "vitest";
import type { Kernel } from "../../src/engine/kernel.ts";
import { buildLaws } from "./kernel/build.ts";
import { checkpointLaws } from "./kernel/checkpoint.ts";
import { churnLaws } from "./kernel/churn.ts";
import { distanceLaws } from "./kernel/distance.ts";
import { jsonLaws } from "./kernel/json.ts";
import { lifetimeLaws } from "./kernel/lifetime.ts";
import { mappingLaws } from "./kernel/mapping.ts";
import { searchLaws } from "./kernel/search.ts";
import { storageLaws } from "./kernel/storage.ts";

export function kernelContract(name: string, kernel: Kernel): void {
  describe(`the kernel's contract, ${name}`, () => {
    distanceLaws(kernel);
    storageLaws(kernel);
    searchLaws(kernel);
    buildLaws(kernel);
    checkpointLaws(kernel);
    churnLaws(kernel);
    jsonLaws(kernel);
    lifetimeLaws(kernel);
    mappingLaws(kernel);
  });
}
