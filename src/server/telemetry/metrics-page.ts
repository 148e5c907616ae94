/**
 * The page of metrics, written in small pieces with the event loop let go in between: a server with a hundred collections has
 * twenty thousand lines, and searches do not wait for them.
 */
import type { Registry } from "prom-client";
import { turns } from "./turns.ts";

/** @param split registries that hold the same metrics, each of one collection: families are told once, with all their series */
export async function metricsPage(whole: Registry, split: readonly Registry[]): Promise<string> {
  const pieces: string[] = [];
  const pause = turns();
  const add = async (registry: Registry, name: string, isFirst: boolean): Promise<void> => {
    const text = await registry.getSingleMetricAsString(name);
    const series = isFirst ? text : text.slice(endOfHead(text));
    if (series !== "") pieces.push(series, "\n");
    await pause();
  };
  for (const { name } of split[0]?.getMetricsAsArray() ?? []) {
    for (const [i, registry] of split.entries()) await add(registry, name, i === 0);
  }
  for (const { name } of whole.getMetricsAsArray()) await add(whole, name, true);
  return pieces.join("");
}

/** After HELP and TYPE. */
function endOfHead(text: string): number {
  const type = text.indexOf("\n") + 1;
  const end = text.indexOf("\n", type);
  return end < 0 ? text.length : end + 1;
}
