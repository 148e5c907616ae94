/**
 * The page of metrics, written in small pieces with the event loop let go in between: a server with a hundred collections has
 * twenty thousand lines, and searches do not wait for them.
 */
import type { Registry } from "prom-client";
import type { Family, Series } from "./families.ts";
import { turns } from "./turns.ts";

export async function metricsPage(families: readonly Family<Series>[], registry: Registry): Promise<string> {
  const pieces: string[] = [];
  const pause = turns();
  for (const family of families) {
    for (const piece of family.text()) {
      pieces.push(piece);
      await pause();
    }
  }
  for (const { name } of registry.getMetricsAsArray()) {
    pieces.push(await registry.getSingleMetricAsString(name), "\n");
    await pause();
  }
  return pieces.join("");
}
