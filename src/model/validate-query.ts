/**
 * Requests to read at the border: raw input in, checked requests with every default filled in out,
 * or invalid_argument that names the place of the mistake.
 */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type {
  CheckedFields,
  CheckedQuery,
  CheckedScroll,
  CheckedSelection,
  CheckedStage,
} from "./checked-query.ts";
import { normalizeId } from "./id.ts";
import { readPath } from "./path.ts";
import { finite, flag, integer, oneOf } from "./read-value.ts";
import { vectorNames } from "./validate-example.ts";
import { checkFilter } from "./validate-filter.ts";
import { checkSignal } from "./validate-signal.ts";
import { checkStage, largestLimit } from "./validate-stage.ts";

/** @throws FrancaError invalid_argument */
export function checkQuery(input: unknown, fields: CheckedFields): CheckedQuery {
  const request = plainObject(input, "query", "a request, like {nearest: [0.1, 0.2], limit: 10}");
  const { offset, select, recall, explain, signal, ...own } = request;
  const limit = integer(own.limit ?? 10, "query.limit", 1, largestLimit);
  const skipped = integer(offset ?? 0, "query.offset", 0, largestLimit);
  const page = skipped + limit;
  const effort = { exact: false, ef: Math.max(64, 2 * page), plan: undefined };
  const stage = checkStage(own, "query", limit, { fields, page, effort, depth: 0, count: { stages: 0 } });
  return {
    ...stage,
    offset: skipped,
    select: checkSelection(select, fields),
    recall: recall === undefined ? undefined : checkRecall(recall, own, stage),
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

function checkRecall(recall: unknown, own: { params?: unknown }, stage: CheckedStage): number {
  if (!(finite(recall, "query.recall") > 0 && (recall as number) <= 1)) {
    throw badInput("query.recall", "a share above 0 and at most 1", recall);
  }
  for (const param of ["exact", "ef", "plan"] as const) {
    if ((own.params as { [name: string]: unknown } | undefined)?.[param] === undefined) continue;
    throw badInput("query", `either recall or params.${param}: a target finds its own effort`);
  }
  if (searchesNearest(stage)) return recall as number;
  throw badInput("query.recall", "a target for nearest only; other rankings find every match as it is");
}

function searchesNearest({ ranking, prefetch }: CheckedStage): boolean {
  const legs = ranking.kind === "fusion" ? ranking.legs : [];
  const isNearest =
    ranking.kind === "nearest" || (ranking.kind === "recommend" && ranking.strategy === "average");
  return isNearest || [...legs, ...prefetch].some(searchesNearest);
}
