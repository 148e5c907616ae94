/** One ranking at the border: exactly one of the kinds, with the members that are its own. */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type {
  CheckedExample,
  CheckedFields,
  CheckedNearest,
  CheckedPair,
  CheckedRanking,
  CheckedText,
} from "./checked-query.ts";
import { finite, integer, oneOf } from "./read-value.ts";
import { checkExample, vectorNames } from "./validate-example.ts";
import { checkExpression } from "./validate-formula.ts";
import { checkFusion } from "./validate-fusion.ts";
import { checkOrderBy, checkSample } from "./validate-order.ts";
import type { AtStage } from "./validate-stage.ts";

/** A ranking's members as they came. */
export type RawRanking = { readonly [member: string]: unknown };

interface Kind {
  /** Members beside the one that tells it. */
  readonly others: readonly string[];
  check(raw: RawRanking, where: string, at: AtStage): CheckedRanking;
  /** Whether it ranks only what is prefetched. */
  readonly needsPrefetch?: boolean;
}

const mostExamples = 1_024;
const mostDiverse = 16_384;

const kinds: { readonly [member: string]: Kind } = {
  nearest: { others: ["field", "mmr"], check: checkNearest },
  text: { others: ["fields"], check: checkText },
  fusion: { others: [], check: ({ fusion }, where, at) => checkFusion(fusion, `${where}.fusion`, at) },
  recommend: { others: ["field"], check: checkRecommend },
  discover: { others: ["field"], check: checkDiscover },
  context: {
    others: ["field"],
    check(raw, where, { fields }) {
      const field = checkField(raw.field, fields, where);
      return { kind: "context", field, context: checkPairs(raw.context, field, fields, `${where}.context`) };
    },
  },
  feedback: { others: ["field"], check: checkFeedback },
  orderBy: {
    others: [],
    check: ({ orderBy }, where, { fields }) => checkOrderBy(orderBy, `${where}.orderBy`, fields),
  },
  formula: {
    others: [],
    needsPrefetch: true,
    check: ({ formula }, where, { fields }) => ({
      kind: "formula",
      expression: checkExpression(formula, `${where}.formula`, fields),
    }),
  },
  sample: { others: [], check: ({ sample }, where) => checkSample(sample, `${where}.sample`) },
};

/** Every member that some kind of ranking has. */
export const rankingMembers: readonly string[] = [
  ...new Set(Object.entries(kinds).flatMap(([member, { others }]) => [member, ...others])),
];

/** @throws FrancaError invalid_argument */
export function checkRanking(
  raw: RawRanking,
  hasPrefetch: boolean,
  where: string,
  at: AtStage,
): CheckedRanking {
  const known = Object.keys(kinds);
  const given = known.filter((member) => raw[member] !== undefined);
  if (given.length !== 1)
    throw badInput(where, `exactly one of ${listed(known)}`, given.length === 0 ? "none" : listed(given));
  const member = given[0]!;
  const { others, check, needsPrefetch = false } = kinds[member]!;
  if (needsPrefetch && !hasPrefetch) throw badInput(where, `prefetch beside ${member}: what it ranks`);
  for (const other of rankingMembers) {
    if (raw[other] === undefined || other === member || others.includes(other)) continue;
    const owners = known.filter((kind) => kinds[kind]!.others.includes(other));
    throw badInput(`${where}.${other}`, `${other} with ${owners.join(", ")} only, not with ${member}`);
  }
  return check(raw, where, at);
}

function checkNearest(raw: RawRanking, where: string, { fields, page }: AtStage): CheckedNearest {
  const field = checkField(raw.field, fields, where);
  return {
    kind: "nearest",
    field,
    from: checkExample(raw.nearest, field, fields, `${where}.nearest`),
    ...(raw.mmr !== undefined && { mmr: checkMmr(raw.mmr, `${where}.mmr`, page) }),
  };
}

function checkMmr(input: unknown, where: string, page: number): { diversity: number; candidates: number } {
  const { diversity, candidates, ...rest } = plainObject(input, where, "{diversity, candidates}");
  rejectKeys(rest, where, "diversity and candidates");
  const share = finite(diversity ?? 0.5, `${where}.diversity`);
  if (share < 0 || share > 1) throw badInput(`${where}.diversity`, "a number from 0 to 1", diversity);
  return {
    diversity: share,
    candidates: integer(candidates ?? Math.min(page, mostDiverse), `${where}.candidates`, 1, mostDiverse),
  };
}

function checkText({ text, fields: asked }: RawRanking, where: string, { fields }: AtStage): CheckedText {
  if (typeof text !== "string") throw badInput(`${where}.text`, "words to search for", text ?? "null");
  const declared = Object.keys(fields.payloadFields).filter(
    (path) => fields.payloadFields[path]?.type === "text",
  );
  if (declared.length === 0) {
    throw badInput(`${where}.text`, "a collection with a declared text field; declare one with alter()");
  }
  const paths =
    asked === undefined
      ? declared
      : list(asked, `${where}.fields`, "text fields").map((path, i) =>
          oneOf(path, declared, `${where}.fields[${i}]`, "declared text field"),
        );
  if (paths.length === 0) throw badInput(`${where}.fields`, "at least one text field");
  return { kind: "text", text, fields: [...new Set(paths)] };
}

function checkRecommend(raw: RawRanking, where: string, { fields }: AtStage): CheckedRanking {
  const field = checkField(raw.field, fields, where);
  const at = `${where}.recommend`;
  const shape = "{positive, negative, strategy}";
  const { positive, negative, strategy, ...rest } = plainObject(raw.recommend, at, shape);
  rejectKeys(rest, at, "positive, negative and strategy");
  const checked = {
    positive: checkExamples(positive ?? [], field, fields, `${at}.positive`),
    negative: checkExamples(negative ?? [], field, fields, `${at}.negative`),
    strategy: oneOf(strategy ?? "average", ["average", "best", "sum"], `${at}.strategy`, "strategy"),
  };
  if (checked.strategy === "average" && checked.positive.length === 0)
    throw badInput(`${at}.positive`, 'at least one example with the strategy "average"');
  if (checked.positive.length + checked.negative.length === 0) throw badInput(at, "at least one example");
  return { kind: "recommend", field, ...checked };
}

function checkDiscover(raw: RawRanking, where: string, { fields }: AtStage): CheckedRanking {
  const field = checkField(raw.field, fields, where);
  const at = `${where}.discover`;
  const { target, context, ...rest } = plainObject(raw.discover, at, "{target, context}");
  rejectKeys(rest, at, "target and context");
  return {
    kind: "discover",
    field,
    target: checkExample(target, field, fields, `${at}.target`),
    context: checkPairs(context ?? [], field, fields, `${at}.context`),
  };
}

function checkFeedback(raw: RawRanking, where: string, { fields }: AtStage): CheckedRanking {
  const field = checkField(raw.field, fields, where);
  const at = `${where}.feedback`;
  const given = plainObject(raw.feedback, at, "{target, examples, a, b, c}");
  const { target, examples, a, b, c, ...rest } = given;
  rejectKeys(rest, at, "target, examples, a, b and c");
  return {
    kind: "feedback",
    field,
    target: checkExample(target, field, fields, `${at}.target`),
    examples: upToMost(list(examples, `${at}.examples`, "examples with scores"), `${at}.examples`).map(
      (one, i) => {
        const place = `${at}.examples[${i}]`;
        const { example, score, ...more } = plainObject(one, place, "{example, score}");
        rejectKeys(more, place, "example and score");
        return {
          example: checkExample(example, field, fields, `${place}.example`),
          score: finite(score, `${place}.score`),
        };
      },
    ),
    a: finite(a, `${at}.a`),
    b: finite(b, `${at}.b`),
    c: finite(c, `${at}.c`),
  };
}

function checkExamples(
  input: unknown,
  field: string,
  fields: CheckedFields,
  where: string,
): CheckedExample[] {
  return upToMost(list(input, where, "examples"), where).map((example, i) =>
    checkExample(example, field, fields, `${where}[${i}]`),
  );
}

function checkPairs(input: unknown, field: string, fields: CheckedFields, where: string): CheckedPair[] {
  return upToMost(list(input, where, "pairs"), where).map((pair, i) => {
    const at = `${where}[${i}]`;
    const { positive, negative, ...rest } = plainObject(pair, at, "{positive, negative}");
    rejectKeys(rest, at, "positive and negative");
    return {
      positive: checkExample(positive, field, fields, `${at}.positive`),
      negative: checkExample(negative, field, fields, `${at}.negative`),
    };
  });
}

function upToMost(examples: readonly unknown[], where: string): readonly unknown[] {
  if (examples.length <= mostExamples) return examples;
  throw badInput(where, `at most ${mostExamples} examples`, examples.length);
}

function checkField(field: unknown, fields: CheckedFields, where: string): string {
  const names = vectorNames(fields);
  if (field !== undefined) return oneOf(field, names, `${where}.field`, "vector field");
  if (names.length === 1) return names[0]!;
  throw badInput(`${where}.field`, `one of the vector fields ${names.join(", ")}`);
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
