/**
 * The steps that a query took, as its caller gets them and as stages of its span. While a query runs, a step's `startMs` is
 * a time of performance.now().
 */
import type { Explanation } from "../../model/result.ts";
import { type Attributes, addStages, type Span, type Stage } from "../../telemetry.ts";

/** Counts times from the start of the query, in the steps themselves: nobody else has them. */
export function sinceStart(step: Explanation, startMs: number): Explanation {
  if (step.startMs !== undefined) step.startMs -= startMs;
  if (step.steps !== undefined) for (const inner of step.steps) sinceStart(inner, startMs);
  return step;
}

export function traceSteps(span: Span, { steps = [] }: Explanation): void {
  addStages(span, steps.flatMap(stagesOf));
}

/** What took no time of its own is no stage, though its parts may be. */
function stagesOf(step: Explanation): Stage[] {
  const stages = step.steps?.flatMap(stagesOf) ?? [];
  if (step.startMs === undefined) return stages;
  const { startMs, timeMs } = step;
  return [{ name: `franca.${step.step}`, startMs, timeMs, attributes: attributesOf(step), stages }];
}

function attributesOf({ choice, estimate, actual, recall }: Explanation): Attributes {
  const attributes: Attributes = {};
  if (choice !== undefined) attributes["franca.choice"] = choice;
  if (estimate !== undefined) attributes["franca.estimate"] = estimate;
  if (actual !== undefined) attributes["franca.actual"] = actual;
  if (recall !== undefined) attributes["franca.recall_target"] = recall.target;
  return attributes;
}
