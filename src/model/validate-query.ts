/**
 * Requests to read at the border: raw input in, checked requests with every default filled in out,
 * or invalid_argument that names the place of the mistake.
 */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type {
  CheckedFields,
  CheckedFusionLeg,
  CheckedLeg,
  CheckedNearest,
  CheckedQuery,
  CheckedRanking,
  CheckedScroll,
  CheckedSelection,
} from "./checked-query.ts";
import { defaultRrfK } from "./fusion.ts";
import { normalizeId } from "./id.ts";
import { readPath } from "./path.ts";
import { checkExample, vectorNames } from "./validate-example.ts";
import { checkFilter } from "./validate-filter.ts";
import { checkSignal } from "./validate-signal.ts";

/** What a request is checked against. */
const largestLimit = 1_048_576;
const mostLegs = 16;
const plans = ["exact", "codes", "graph"] as const;

/** @throws FrancaError invalid_argument */
export function checkQuery(input: unknown, fields: CheckedFields): CheckedQuery {
  const request = plainObject(input, "query", "a request, like {nearest: [0.1, 0.2], limit: 10}");
  const { nearest, field, text, fields: textFields, fusion, ...common } = request;
  const { filter, limit, offset, scoreThreshold, select, params, recall, explain, signal, ...others } =
    common;
  rejectKeys(
    others,
    "query",
    "nearest, field, text, fields, fusion, filter, limit, offset, scoreThreshold, select, params, recall, explain and signal",
  );
  const page = {
    limit: integer(limit ?? 10, "query.limit", 1, largestLimit),
    offset: integer(offset ?? 0, "query.offset", 0, largestLimit),
  };
  const { exact, ef, plan, ...otherParams } = plainObject(params ?? {}, "query.params", "{exact, ef, plan}");
  rejectKeys(otherParams, "query.params", "exact, ef and plan");
  const ranking = checkRanking({ nearest, field, text, fields: textFields, fusion }, fields, page);
  return {
    ranking,
    filter: filter === undefined ? undefined : checkFilter(filter, fields),
    ...page,
    scoreThreshold: scoreThreshold === undefined ? undefined : finite(scoreThreshold, "query.scoreThreshold"),
    select: checkSelection(select, fields),
    exact: flag(exact ?? false, "query.params.exact"),
    ef:
      ef === undefined
        ? Math.max(64, 2 * (page.offset + page.limit))
        : integer(ef, "query.params.ef", 1, largestLimit),
    plan: plan === undefined || plan === "auto" ? undefined : oneOf(plan, plans, "query.params.plan", "plan"),
    recall: recall === undefined ? undefined : checkRecall(recall, ranking, { exact, ef, plan }),
    explain: flag(explain ?? false, "query.explain"),
    signal: checkSignal(signal, "query.signal"),
  };
}

/** @throws FrancaError invalid_argument */
export function checkScroll(input: unknown, fields: CheckedFields): CheckedScroll {
  const { filter, limit, after, select, signal, ...others } = plainObject(
    input,
    "scroll",
    "{filter, limit, after, select, signal}",
  );
  rejectKeys(others, "scroll", "filter, limit, after, select and signal");
  return {
    filter: filter === undefined ? undefined : checkFilter(filter, fields),
    limit: integer(limit ?? 100, "scroll.limit", 1, largestLimit),
    after: after === undefined ? undefined : normalizeId(after),
    select: checkSelection(select, fields),
    signal: checkSignal(signal, "scroll.signal"),
  };
}

/** @throws FrancaError invalid_argument */
export function checkSelection(input: unknown, fields: CheckedFields, where = "select"): CheckedSelection {
  const { payload, vectors, ...others } = plainObject(input ?? {}, where, "{payload, vectors}");
  rejectKeys(others, where, "payload and vectors");
  const names = vectorNames(fields);
  return {
    payload:
      payload === undefined || typeof payload === "boolean"
        ? (payload ?? true)
        : list(payload, `${where}.payload`, "paths").map((path, i) => {
            if (readPath(path, fields.paths ?? "implicit") === undefined)
              throw badInput(`${where}.payload[${i}]`, "a path", path ?? String(path));
            return path as string;
          }),
    vectors:
      vectors === undefined || typeof vectors === "boolean"
        ? vectors === true
          ? names
          : []
        : list(vectors, `${where}.vectors`, "names of vector fields").map((name, i) =>
            oneOf(name, names, `${where}.vectors[${i}]`, "vector field"),
          ),
  };
}

function checkRecall(
  recall: unknown,
  ranking: CheckedRanking,
  params: { exact?: unknown; ef?: unknown; plan?: unknown },
): number {
  if (!(finite(recall, "query.recall") > 0 && (recall as number) <= 1)) {
    throw badInput("query.recall", "a share above 0 and at most 1", recall);
  }
  for (const param of ["exact", "ef", "plan"] as const) {
    if (params[param] === undefined) continue;
    throw badInput("query", `either recall or params.${param}: a target finds its own effort`);
  }
  const legs = ranking.kind === "fusion" ? ranking.legs.map((leg) => leg.ranking) : [ranking];
  if (legs.some(({ kind }) => kind === "nearest")) return recall as number;
  throw badInput("query.recall", "a target for nearest only; text finds every match as it is");
}

interface RawRanking {
  nearest?: unknown;
  field?: unknown;
  text?: unknown;
  fields?: unknown;
  fusion?: unknown;
}

interface Page {
  limit: number;
  offset: number;
}

function checkRanking(raw: RawRanking, fields: CheckedFields, page: Page): CheckedRanking {
  const given = [raw.nearest, raw.text, raw.fusion].filter((ranking) => ranking !== undefined);
  if (given.length !== 1) {
    throw badInput("query", "exactly one of nearest, text and fusion", `${given.length} of them`);
  }
  if (raw.fusion === undefined) return checkLeg(raw, fields, "query");
  if (raw.field !== undefined || raw.fields !== undefined) {
    throw badInput("query", "field and fields inside of the legs of a fusion");
  }
  const { legs, method, k, ...others } = plainObject(raw.fusion, "query.fusion", "{legs, k}");
  rejectKeys(others, "query.fusion", "legs, method and k");
  if (method !== undefined && method !== "rrf") throw badInput("query.fusion.method", '"rrf"', method);
  const rawLegs = list(legs, "query.fusion.legs", "rankings");
  if (rawLegs.length === 0 || rawLegs.length > mostLegs) {
    throw badInput("query.fusion.legs", `1 to ${mostLegs} legs`, rawLegs.length);
  }
  const checked = rawLegs.map((leg, i) => checkFusionLeg(leg, fields, page, `query.fusion.legs[${i}]`));
  const names = new Set(checked.map((leg) => leg.name));
  if (names.size < checked.length) {
    throw badInput(
      "query.fusion.legs",
      "distinct names; give the legs a `name` each",
      checked.map((leg) => leg.name),
    );
  }
  return { kind: "fusion", k: nonNegative(k ?? defaultRrfK, "query.fusion.k"), legs: checked };
}

function checkFusionLeg(input: unknown, fields: CheckedFields, page: Page, where: string): CheckedFusionLeg {
  const leg = plainObject(input, where, 'a ranking, like {text: "words", weight: 0.3}');
  const { name, weight, limit, nearest, field, text, fields: textFields, ...others } = leg;
  rejectKeys(others, where, "nearest, field, text, fields, name, weight and limit");
  const ranking = checkLeg({ nearest, field, text, fields: textFields }, fields, where);
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw badInput(`${where}.name`, "a name", name);
  }
  return {
    ranking,
    name: name ?? (ranking.kind === "nearest" ? "vector" : "keyword"),
    weight: nonNegative(weight ?? 1, `${where}.weight`),
    limit: integer(limit ?? Math.max(100, page.offset + page.limit), `${where}.limit`, 1, 2 * largestLimit),
  };
}

function checkLeg(raw: RawRanking, fields: CheckedFields, where: string): CheckedLeg {
  if ((raw.nearest === undefined) === (raw.text === undefined)) {
    throw badInput(where, "either nearest or text");
  }
  if (raw.text === undefined) {
    if (raw.fields !== undefined)
      throw badInput(`${where}.fields`, "fields with text only; nearest has field");
    return checkNearest(raw, fields, where);
  }
  if (raw.field !== undefined) throw badInput(`${where}.field`, "field with nearest only; text has fields");
  if (typeof raw.text !== "string")
    throw badInput(`${where}.text`, "words to search for", raw.text ?? "null");
  const textPaths = Object.keys(fields.payloadFields).filter(
    (path) => fields.payloadFields[path]?.type === "text",
  );
  if (textPaths.length === 0) {
    throw badInput(`${where}.text`, "a collection with a declared text field; declare one with alter()");
  }
  const asked =
    raw.fields === undefined
      ? textPaths
      : list(raw.fields, `${where}.fields`, "text fields").map((path, i) =>
          oneOf(path, textPaths, `${where}.fields[${i}]`, "declared text field"),
        );
  if (asked.length === 0) throw badInput(`${where}.fields`, "at least one text field");
  return { kind: "text", text: raw.text, fields: [...new Set(asked)] };
}

function checkNearest(raw: RawRanking, fields: CheckedFields, where: string): CheckedNearest {
  const names = vectorNames(fields);
  if (raw.field === undefined && names.length !== 1) {
    throw badInput(`${where}.field`, `one of the vector fields ${names.join(", ")}`);
  }
  const field =
    raw.field === undefined ? names[0]! : oneOf(raw.field, names, `${where}.field`, "vector field");
  return { kind: "nearest", field, from: checkExample(raw.nearest, field, fields, `${where}.nearest`) };
}

function oneOf<T extends string>(value: unknown, known: readonly T[], where: string, what: string): T {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  const choice = known.length === 0 ? `a ${what}, but there is none` : `a ${what}: ${known.join(", ")}`;
  throw badInput(where, choice, value ?? String(value));
}

function integer(value: unknown, where: string, least: number, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw badInput(where, `an integer from ${least} to ${most}`, value ?? String(value));
}

function finite(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw badInput(where, "a finite number", value ?? String(value));
}

function nonNegative(value: unknown, where: string): number {
  if (finite(value, where) < 0) throw badInput(where, "a number that is not negative", value);
  return value as number;
}

function flag(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw badInput(where, "true or false", value ?? String(value));
}
