/** From a stage, its points resolved, to the model's rankings. */
import type { Filter } from "../../../model/filter.ts";
import type { QueryRequest } from "../../../model/query.ts";
import type { Example, Ranking, SubQuery } from "../../../model/ranking.ts";
import type { Opened } from "../collections/opened.ts";
import { heldVector } from "../collections/vector-field.ts";
import { badRequest, wrongInput } from "../errors.ts";
import type { AnyVector } from "../points/vector-shapes.ts";
import { denseOf, multiOf } from "../points/vectors-in.ts";
import { orderingOf } from "./order-by.ts";
import type { Resolved } from "./resolve.ts";
import type { Input, Query, Stage } from "./stage.ts";

/** @throws FrancaError invalid_argument, not_found */
export function rankedOf(stage: Stage, resolved: Resolved, to: Opened): SubQuery {
  validate(stage);
  const { query, prefetch, filter, score_threshold, limit, params } = stage;
  const below = prefetch.map((inner) => scoredOne(rankedOf(inner, resolved, to)));
  const ranking: Ranking =
    query === undefined ? { orderBy: "id" } : rankingOf(query, stage, below, resolved, to);
  return {
    ...ranking,
    ...(below.length > 0 && query?.kind !== "fusion" && { prefetch: below }),
    ...(filter && { filter }),
    limit,
    ...(score_threshold !== undefined && { scoreThreshold: score_threshold }),
    ...(params && { params: paramsOf(params) }),
  } as SubQuery;
}

/** What is ordered by a value has the score 1 for the ranking above. */
function scoredOne(below: SubQuery): SubQuery {
  if (!("orderBy" in below) || below.orderBy === "id") return below;
  return { ...below, orderBy: { ...below.orderBy, scores: "one" } };
}

/** As the whole request, under one more filter. */
export function requestOf(
  ranked: SubQuery,
  others: { filter?: Filter | undefined; [member: string]: unknown },
): QueryRequest {
  const { filter, ...more } = others;
  const filters = [ranked.filter, filter].filter((one) => one !== undefined);
  const all = filters.length > 1 ? { and: filters } : filters[0];
  const { filter: _, ...rest } = ranked;
  return { ...rest, ...(all !== undefined && { filter: all }), ...more } as QueryRequest;
}

function rankingOf(
  query: Query,
  stage: Stage,
  below: readonly SubQuery[],
  resolved: Resolved,
  to: Opened,
): Ranking {
  switch (query.kind) {
    case "nearest": {
      const { mmr } = query;
      return {
        ...nearest(resolved.need(stage, query.nearest), stage, to),
        ...(mmr && {
          mmr: {
            diversity: mmr.diversity ?? 0.5,
            candidates: mmr.candidates_limit ?? stage.limit,
          },
        }),
      };
    }
    case "recommend":
      return recommendation(query, stage, resolved, to);
    case "discover": {
      const context = query.context.map((pair) => pairOf(pair, stage, resolved, to));
      const { target, field } = targetOf(query.target, stage, resolved, to);
      return { discover: { target, context }, field };
    }
    case "context":
      return {
        context: query.context.map((pair) => pairOf(pair, stage, resolved, to)),
        field: heldVector(stage.using, to).field,
      };
    case "feedback": {
      const { a, b, c, feedback } = query;
      const { target, field } = targetOf(query.target, stage, resolved, to);
      const examples = feedback.map(({ example, score }) => ({
        example: exampleOf(resolved.need(stage, example), stage, to),
        score,
      }));
      return { feedback: { target, examples, a, b, c }, field };
    }
    case "order_by":
      return orderingOf(query, to);
    case "fusion":
      return fusion(query, below);
    case "formula":
      if (below.length === 0) throw badRequest("cannot apply Formula without prefetches");
      return { formula: query.formula };
    case "sample":
      return { sample: {} };
  }
}

function recommendation(
  { positive, negative, strategy }: Query & { kind: "recommend" },
  stage: Stage,
  resolved: Resolved,
  to: Opened,
): Ranking {
  const examples = (inputs: readonly Input[]) =>
    inputs.flatMap((input) => {
      const vector = resolved.vectorOf(stage, input);
      return vector === undefined ? [] : [exampleOf(vector, stage, to)];
    });
  if (strategy === "average_vector" && positive.length === 0)
    throw badRequest("At least one positive vector ID required with this strategy");
  if (positive.length + negative.length === 0)
    throw badRequest("At least one positive or negative vector ID required with this strategy");
  return {
    recommend: {
      positive: examples(positive),
      ...(negative.length > 0 && { negative: examples(negative) }),
      strategy: strategies[strategy],
    },
    field: heldVector(stage.using, to).field,
  };
}

const strategies = { average_vector: "average", best_score: "best", sum_scores: "sum" } as const;

function fusion({ method, k, weights }: Query & { kind: "fusion" }, below: readonly SubQuery[]): Ranking {
  if (below.length === 0) throw badRequest("cannot apply Fusion without prefetches");
  if (weights !== undefined && weights.length !== below.length)
    throw badRequest(
      `Number of weights (${weights.length}) must match number of prefetches (${below.length})`,
    );
  return {
    fusion: {
      legs: below.map((leg, i) => ({
        name: `prefetch ${i}`,
        ...leg,
        ...(weights && { weight: weights[i] }),
      })),
      method,
      ...(method === "rrf" ? { k: k ?? 2, weigh: "ranks" } : { asTold: true }),
    },
  };
}

function nearest(vector: AnyVector, stage: Stage, to: Opened): Ranking {
  return { nearest: exampleOf(vector, stage, to), field: heldVector(stage.using, to).field };
}

function targetOf(input: Input, stage: Stage, resolved: Resolved, to: Opened) {
  return {
    target: exampleOf(resolved.need(stage, input), stage, to),
    field: heldVector(stage.using, to).field,
  };
}

function pairOf(
  { positive, negative }: { positive: Input; negative: Input },
  stage: Stage,
  resolved: Resolved,
  to: Opened,
) {
  return {
    positive: exampleOf(resolved.need(stage, positive), stage, to),
    negative: exampleOf(resolved.need(stage, negative), stage, to),
  };
}

/** A vector of the kind that the field holds. */
function exampleOf(vector: AnyVector, stage: Stage, to: Opened): Example {
  const { kind, isSingle, dimension } = heldVector(stage.using, to);
  if (kind === "dense") return denseOf(vector, dimension);
  if (kind === "multi") return isSingle ? [denseOf(vector, dimension)] : multiOf(vector, dimension);
  if (!("sparse" in vector)) throw wrongInput("Wrong usage of sparse vectors");
  return vector.sparse;
}

function paramsOf({ exact, hnsw_ef }: NonNullable<Stage["params"]>) {
  return { ...(exact && { exact }), ...(hnsw_ef && !exact && { ef: hnsw_ef }) };
}

function validate({ query, prefetch, using, score_threshold }: Stage): void {
  if (prefetch.length > 0 && query === undefined)
    throw badRequest(
      "A query is needed to merge the prefetches. Can't have prefetches without defining a query.",
    );
  if (score_threshold !== undefined && query === undefined)
    throw badRequest(
      "A query is needed to use the score_threshold. Can't have score_threshold without defining a query.",
    );
  if (score_threshold !== undefined && query?.kind === "order_by")
    throw badRequest("Can't use score_threshold with an order_by query.");
  if (query?.kind === "fusion" && using !== "")
    throw badRequest("Fusion queries cannot be combined with the 'using' field.");
}
