/** The kinds of queries, by the member that tells each. */
import { formatError } from "../errors.ts";
import { anyVector } from "../points/vector-shapes.ts";
import { pointId } from "../requests/point-id.ts";
import {
  choice,
  isList,
  list,
  number,
  object,
  objectAt,
  optional,
  type Reader,
  string,
  unsigned,
} from "../requests/shape.ts";
import { readFormula } from "./read-formula.ts";
import type { Input, OrderBy, Pair, Query } from "./stage.ts";

export const readQuery: Reader<Query> = (given, path) => {
  if (isList(given) || typeof given !== "object" || given === null)
    return { kind: "nearest", nearest: readInput(given, path) };
  for (const [member, read] of Object.entries(kinds)) {
    const value = (given as { [name: string]: unknown })[member];
    if (value !== undefined && value !== null)
      return read(value, `${path}.${member}`, given as { [name: string]: unknown });
  }
  return { kind: "nearest", nearest: readInput(given, path) };
};

/** A point's id, or a vector. */
export function readInput(given: unknown, path: string): Input {
  if (typeof given === "number" || typeof given === "bigint" || typeof given === "string")
    return { id: pointId(given, path) };
  return anyVector(given, path);
}

const inputs = list(readInput);

type KindReader = (value: unknown, path: string, whole: { [name: string]: unknown }) => Query;

const kinds: { readonly [member: string]: KindReader } = {
  nearest: (value, path, { mmr }) => ({
    kind: "nearest",
    nearest: readInput(value, path),
    mmr: optional(
      object({ diversity: optional(number(0, 1)), candidates_limit: optional(unsigned(1, 16_384)) }),
    )(mmr, "mmr"),
  }),
  recommend: (value, path) => {
    const { positive, negative, strategy } = recommendation(value, path);
    return {
      kind: "recommend",
      positive: positive ?? [],
      negative: negative ?? [],
      strategy: strategy ?? "average_vector",
    };
  },
  discover: (value, path) => {
    const { target, context } = objectAt(value, path);
    if (target === undefined || target === null) throw formatError(`missing field \`${path}.target\``);
    return {
      kind: "discover",
      target: readInput(target, `${path}.target`),
      context: readPairs(context, path),
    };
  },
  context: (value, path) => ({ kind: "context", context: readPairs(value, path) }),
  order_by: (value, path) => ({ kind: "order_by", ...readOrderBy(value, path) }),
  fusion: (value, path) => ({ kind: "fusion", method: choice("rrf", "dbsf")(value, path) }),
  rrf: (value, path) => ({ kind: "fusion", method: "rrf", ...rrf(value, path) }),
  formula: (value, path, { defaults }) => ({
    kind: "formula",
    formula: readFormula(
      value,
      defaults === undefined || defaults === null ? {} : objectAt(defaults, "defaults"),
      path,
    ),
  }),
  sample: (value, path) => {
    choice("random")(value, path);
    return { kind: "sample" };
  },
  relevance_feedback: (value, path) => {
    const { target, feedback, strategy } = feedbackRequest(value, path);
    return { kind: "feedback", target, feedback, ...strategy.naive };
  },
};

const recommendation = object({
  positive: optional(inputs),
  negative: optional(inputs),
  strategy: optional(choice("average_vector", "best_score", "sum_scores")),
});

const rrf = object({ k: optional(unsigned(1)), weights: optional(list(number(0))) });

const feedbackRequest = object({
  target: readInput as Reader<Input>,
  feedback: list(object({ example: readInput as Reader<Input>, score: number() })),
  strategy: object({ naive: object({ a: number(), b: number(), c: number() }) }),
});

const pair = object({ positive: readInput as Reader<Input>, negative: readInput as Reader<Input> });

export function readPairs(given: unknown, path: string): Pair[] {
  if (given === undefined || given === null) return [];
  return (isList(given) ? Array.from(given) : [given]).map((one, i) => pair(one, `${path}[${i}]`));
}

const orderBy = object({
  key: string,
  direction: optional(choice("asc", "desc")),
  start_from: optional((value: unknown) => value),
});

export const readOrderBy: Reader<OrderBy> = (given, path) => {
  if (typeof given === "string") return { key: given };
  const { key, direction, start_from } = orderBy(given, path);
  if (start_from !== undefined && typeof start_from !== "number" && typeof start_from !== "string")
    throw formatError(`${path}.start_from: data did not match any variant of untagged enum StartFrom`);
  return { key, direction, start_from };
};
