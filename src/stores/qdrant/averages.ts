/**
 * Recommendations by the mean of examples, as searches by that mean. In a cosine field Qdrant would take the mean of the stored
 * vectors as it has normalised them; here the vectors count as they were written.
 */
import { FrancaError } from "../../errors.ts";
import { averageOf } from "../../model/average.ts";
import type {
  CheckedExample,
  CheckedFusionLeg,
  CheckedRecommend,
  CheckedStage,
  ExampleVector,
} from "../../model/checked-query.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { Open } from "./collection.ts";
import { getPoints } from "./get.ts";
import { shown } from "./written-points.ts";

/** @throws FrancaError not_found, failed_precondition for examples */
export async function withAverages<S extends CheckedStage>(
  open: Open,
  stage: S,
  signal: AbortSignal | undefined,
): Promise<S> {
  const below = (one: CheckedStage): Promise<CheckedStage> => withAverages(open, one, signal);
  const prefetch = await Promise.all(stage.prefetch.map(below));
  const { ranking } = stage;
  if (ranking.kind === "fusion") {
    const legs = (await Promise.all(ranking.legs.map(below))) as CheckedFusionLeg[];
    return { ...stage, prefetch, ranking: { ...ranking, legs } };
  }
  if (ranking.kind !== "recommend" || !isNormalised(ranking, open)) return { ...stage, prefetch };
  const positive = await vectorsOf(open, ranking.field, ranking.positive, signal);
  const negative = await vectorsOf(open, ranking.field, ranking.negative, signal);
  const from = { vector: averageOf(positive, negative) };
  return { ...stage, prefetch, ranking: { kind: "nearest", field: ranking.field, from } };
}

function isNormalised({ strategy, field }: CheckedRecommend, { layout: { fields } }: Open): boolean {
  const { metric } = fields.vectorFields[field] ?? fields.multiFields[field] ?? { metric: "dot" };
  return strategy === "average" && metric === "cosine";
}

async function vectorsOf(
  open: Open,
  field: string,
  examples: readonly CheckedExample[],
  signal: AbortSignal | undefined,
): Promise<ExampleVector[]> {
  const ids = examples.flatMap((example) => ("id" in example ? [example.id] : []));
  const points = await getPoints(open, ids, { payload: false, vectors: [field] }, signal);
  let at = 0;
  return examples.map((example) =>
    "id" in example ? vectorIn(points[at++], field, example.id) : example.vector,
  );
}

function vectorIn(point: StoredPoint | undefined, field: string, id: StoredPoint["id"]): ExampleVector {
  if (point === undefined) throw new FrancaError("not_found", `there is no point ${shown(id)} to search by`);
  const vector = point.vectors?.[field] ?? point.multi?.[field];
  if (vector !== undefined) return vector;
  throw new FrancaError(
    "failed_precondition",
    `the point ${shown(id)} has no vector ${JSON.stringify(field)} to search by`,
  );
}
