/** One ranking as Qdrant's `query`, and which scores it tells are better. */
import type {
  CheckedExample,
  CheckedFusion,
  CheckedOrderBy,
  CheckedPair,
  CheckedRanking,
  ExampleVector,
} from "../../model/checked-query.ts";
import { formatDatetime } from "../../model/datetime.ts";
import { readPath } from "../../model/path.ts";
import { keysOf } from "./filter/paths.ts";
import { wireFormula } from "./formula.ts";
import { wireId } from "./ids.ts";
import type { Layout } from "./layout.ts";
import { unimplemented } from "./unimplemented.ts";

/** Of one that stands below another, or alone. @throws FrancaError unimplemented */
export function wireQuery(ranking: CheckedRanking, layout: Layout): unknown {
  switch (ranking.kind) {
    case "nearest": {
      const nearest = wireExample(ranking.from);
      const { mmr } = ranking;
      if (mmr === undefined) return nearest;
      return { nearest, mmr: { diversity: mmr.diversity, candidates_limit: mmr.candidates } };
    }
    case "recommend": {
      const { positive, negative, strategy } = ranking;
      return {
        recommend: {
          positive: positive.map(wireExample),
          negative: negative.map(wireExample),
          strategy: strategies[strategy],
        },
      };
    }
    case "discover":
      return { discover: { target: wireExample(ranking.target), context: ranking.context.map(wirePair) } };
    case "context":
      return { context: ranking.context.map(wirePair) };
    case "feedback": {
      const { target, examples, a, b, c } = ranking;
      return {
        relevance_feedback: {
          target: wireExample(target),
          feedback: examples.map(({ example, score }) => ({ example: wireExample(example), score })),
          strategy: { naive: { a, b, c } },
        },
      };
    }
    case "fusion":
      return wireFusion(ranking, layout);
    case "orderBy":
      return { order_by: wireOrder(ranking, layout) };
    case "sample":
      if (ranking.seed === undefined) return { sample: "random" };
      throw unimplemented("sample.seed", "Qdrant draws another sample each time");
    case "text":
      throw unimplemented(
        "a ranking by text",
        "Qdrant has no BM25 over texts; give it sparse vectors, with the modifier idf",
      );
    case "formula":
      return wireFormula(ranking.expression, layout);
  }
}

const strategies = { average: "average_vector", best: "best_score", sum: "sum_scores" } as const;

export function wireExample(example: CheckedExample): unknown {
  return "id" in example ? wireId(example.id) : wireVector(example.vector);
}

function wireVector(vector: ExampleVector): unknown {
  if (vector instanceof Float32Array) return Array.from(vector);
  if (Array.isArray(vector)) return vector.map((row) => Array.from(row));
  const { indices, values } = vector as { indices: Uint32Array; values: Float32Array };
  return { indices: Array.from(indices), values: Array.from(values) };
}

function wirePair({ positive, negative }: CheckedPair): unknown {
  return { positive: wireExample(positive), negative: wireExample(negative) };
}

/** Qdrant's weights are those of ranks, and its k counts ranks from 1. */
function wireFusion({ method, k, weigh, asTold, legs }: CheckedFusion, layout: Layout): unknown {
  const weights = legs.map(({ weight }) => weight);
  const isPlain = weights.every((weight) => weight === 1);
  if (method === "dbsf") {
    const isTold = asTold || legs.every(({ ranking }) => isLargerBetter(ranking, layout));
    if (isPlain && isTold) return { fusion: "dbsf" };
    throw unimplemented("dbsf with weights, or of distances, below another ranking", "Qdrant's has neither");
  }
  const own = isPlain && weigh === "scores" ? k + 1 : k;
  if (!(isPlain || weigh === "ranks") || !Number.isInteger(own))
    throw unimplemented(
      'rrf with weights of "scores", or a broken k, below another ranking',
      'Qdrant weighs ranks; see weigh: "ranks"',
    );
  return { rrf: { k: own, ...(!isPlain && { weights }) } };
}

function wireOrder({ path, descending, startFrom }: CheckedOrderBy, layout: Layout): unknown {
  if (path === undefined)
    throw unimplemented('orderBy: "id" below another ranking', "Qdrant has none like it");
  const { payloadFields, paths = "implicit" } = layout.fields;
  const keys = keysOf(readPath(path, paths)!, true);
  if (keys.length > 1)
    throw unimplemented(
      `orderBy ${JSON.stringify(path)}`,
      'Qdrant orders by one key, and there may be arrays on the way; make the collection with paths: "explicit"',
    );
  const isDatetime = payloadFields[path]?.type === "datetime";
  return {
    key: keys[0],
    direction: descending ? "desc" : "asc",
    ...(startFrom !== undefined && { start_from: isDatetime ? formatDatetime(startFrom) : startFrom }),
  };
}

export function isLargerBetter(ranking: CheckedRanking, { fields }: Layout): boolean {
  switch (ranking.kind) {
    case "nearest":
    case "recommend": {
      if (ranking.kind === "recommend" && ranking.strategy !== "average") return true;
      const { metric } = fields.vectorFields[ranking.field] ??
        fields.multiFields[ranking.field] ?? { metric: "dot" };
      return metric !== "euclidean" && metric !== "manhattan";
    }
    case "orderBy":
      return ranking.path === undefined || ranking.descending;
    default:
      return true;
  }
}
