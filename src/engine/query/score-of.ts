/**
 * How distances are told as scores of hits.
 */
import type { Metric } from "../../model/schema.ts";

export function isLargerBetter(metric: Metric): boolean {
  return metric === "cosine" || metric === "dot";
}

/** The kernel's distances grow with farness; cosine and dot are told as similarities. */
export function scoreOf(metric: Metric, distance: number): number {
  if (metric === "cosine") return 1 - distance;
  return metric === "dot" ? 0 - distance : distance;
}
