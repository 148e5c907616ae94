/**
 * The shape of a query: which rankings, fields and operators, how many hits; no value of a filter, no text, no vector and
 * no id. Requests are as callers gave them, so that anything may be missing or wrong.
 */

const kinds = [
  "nearest",
  "text",
  "fusion",
  "recommend",
  "discover",
  "context",
  "feedback",
  "orderBy",
  "sample",
  "formula",
] as const;
export type RankingKind = (typeof kinds)[number];

/** What is none of them counts as nearest. */
export function rankingOf(request: unknown): RankingKind {
  if (typeof request !== "object" || request === null) return "nearest";
  return kinds.find((kind) => kind in request) ?? "nearest";
}

/** "nearest body, limit 10, filter and(year range(gte, lt), not(tag in 3))" */
export function queryShape(request: unknown): string {
  if (!isObject(request)) return "no query";
  const { limit, offset, filter, scoreThreshold, params, recall } = request;
  const parts = [ranking(request)];
  if (limit !== undefined) parts.push(`limit ${numeric(limit)}`);
  if (offset !== undefined) parts.push(`offset ${numeric(offset)}`);
  if (scoreThreshold !== undefined) parts.push("score threshold");
  if (recall !== undefined) parts.push(`recall ${numeric(recall)}`);
  if (isObject(params)) {
    if (params.exact === true) parts.push("exact");
    if (params.ef !== undefined) parts.push(`ef ${numeric(params.ef)}`);
    if (params.plan !== undefined) parts.push(`plan ${word(params.plan)}`);
  }
  if (filter !== undefined) parts.push(`filter ${filterOf(filter, 0)}`);
  return shortened(parts.join(", "), mostCharacters);
}

/** Enough for every filter that a person wrote; what machines write may be megabytes. */
const mostCharacters = 1000;
const mostDepth = 8;
const mostParts = 16;

function ranking(request: Known, depth = 0): string {
  if (depth > mostDepth) return "…";
  const { prefetch } = request;
  const own = alone(request, depth);
  return prefetch === undefined ? own : `${own} of (${list(prefetch, (one) => below(one, depth))})`;
}

function alone(request: Known, depth: number): string {
  const kind = rankingOf(request);
  if (kind === "fusion") {
    const { legs } = isObject(request.fusion) ? request.fusion : {};
    return `fusion(${list(legs, (leg) => below(leg, depth))})`;
  }
  if (kind === "text") {
    return request.fields === undefined ? "text" : `text ${list(request.fields, word)}`;
  }
  const byId = isObject(request.nearest) && "id" in request.nearest ? " to a point" : "";
  return request.field === undefined ? `${kind}${byId}` : `${kind}${byId} ${word(request.field)}`;
}

function below(stage: unknown, depth: number): string {
  if (!isObject(stage)) return "?";
  const { filter } = stage;
  const own = ranking(stage, depth + 1);
  return filter === undefined ? own : `${own} where ${filterOf(filter, 0)}`;
}

function filterOf(filter: unknown, depth: number): string {
  if (!isObject(filter)) return "?";
  if (depth > mostDepth) return "…";
  const inside = (part: unknown): string => filterOf(part, depth + 1);
  if ("and" in filter) return `and(${list(filter.and, inside)})`;
  if ("or" in filter) return `or(${list(filter.or, inside)})`;
  if ("not" in filter) return `not(${inside(filter.not)})`;
  if ("ids" in filter) return `ids ${size(filter.ids)}`;
  if ("nested" in filter) return `${word(filter.nested)}[${inside(filter.filter)}]`;
  const { field, ...conditions } = filter;
  return `${word(field)} ${list(Object.entries(conditions), (one) => condition(...(one as [string, unknown])))}`;
}

/** What is none of these is the caller's own, and not told. */
const operators = new Set([
  "eq",
  "in",
  "range",
  "match",
  "exists",
  "isNull",
  "isEmpty",
  "geoRadius",
  "geoBox",
]);
const bounds = new Set(["gt", "gte", "lt", "lte"]);

function condition(operator: string, value: unknown): string {
  if (!operators.has(operator)) return "?";
  if (Array.isArray(value)) return `${operator} ${size(value)}`;
  if (operator !== "range" || !isObject(value)) return operator;
  return `range(${list<string>(Object.keys(value), (bound) => (bounds.has(bound) ? bound : "?"))})`;
}

function list<T>(values: readonly T[] | unknown, name: (value: T) => string): string {
  if (!Array.isArray(values)) return "?";
  const named = values.slice(0, mostParts).map(name);
  if (values.length > mostParts) named.push(`${values.length - mostParts} more`);
  return named.join(", ");
}

function size(values: unknown): string {
  return Array.isArray(values) ? String(values.length) : "?";
}

function numeric(value: unknown): string {
  return typeof value === "number" ? String(value) : "?";
}

/** The name of a field. */
function word(value: unknown): string {
  return typeof value === "string" ? shortened(value, 64) : "?";
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}

type Known = { [key: string]: unknown };

function isObject(value: unknown): value is Known {
  return typeof value === "object" && value !== null;
}
