/** Why an answer is short: how many points there are, and how many match. It is asked only then. */
import type { CheckedOrderBy, CheckedQuery, CheckedStage } from "../../model/checked-query.ts";
import { readPath } from "../../model/path.ts";
import type { Shortfall } from "../../model/result.ts";
import { shortfallOf } from "../../model/shortfall.ts";
import type { Open } from "./collection.ts";
import { countWhere } from "./count.ts";
import { any, type Condition, nothing } from "./filter/clauses.ts";
import { keysOf } from "./filter/paths.ts";
import { hasValue } from "./filter/presence.ts";
import { rangeOf } from "./filter/range.ts";
import { type Layout, wireName } from "./layout.ts";
import type { WireRecord } from "./read-points.ts";
import { type Above, wireStage, within } from "./stage.ts";

/** @param found hits of the page, those that the threshold cut, and of a fusion how many its legs brought */
export async function shortfallFor(
  open: Open,
  query: CheckedQuery,
  above: Above,
  found: { hits: number; cut: number; brought?: number },
): Promise<Shortfall | undefined> {
  const { limit, offset, signal, ranking, prefetch } = query;
  const points = (await countWhere(open, undefined, { signal })) - above.sources;
  const matched = await countWhere(open, await matchedBy(open, query, above, signal), { signal });
  const isDiverse = ranking.kind === "nearest" && ranking.mmr !== undefined;
  const most = isDiverse ? Math.min(ranking.mmr!.candidates, offset + limit) : offset + limit;
  return shortfallOf({
    ...found,
    brought: found.brought ?? Math.min(matched, most),
    limit,
    offset,
    matched,
    points,
    isPartial: ranking.kind === "fusion" || prefetch.length > 0,
  });
}

/** The points that a stage could bring without its limit. */
async function matchedBy(
  open: Open,
  stage: CheckedStage,
  above: Above,
  signal: AbortSignal | undefined,
): Promise<Condition> {
  const { layout } = open;
  const { ranking, prefetch } = stage;
  const inner = within(stage, layout, above);
  const must: Condition[] = inner.filter === undefined ? [] : [inner.filter];
  if (prefetch.length > 0) {
    const brought = await Promise.all(prefetch.map((one) => broughtBy(open, one, inner, signal)));
    must.push(any(brought));
  }
  if (ranking.kind === "fusion") {
    const legs = await Promise.all(ranking.legs.map((leg) => matchedBy(open, leg, inner, signal)));
    return { must: [...must, any(legs)] };
  }
  if (ranking.kind === "orderBy" && ranking.path !== undefined)
    return { must: [...must, valuesFrom(ranking, ranking.path, layout)] };
  if (!("field" in ranking)) return { must };
  const having = { must: [...must, { has_vector: wireName(ranking.field, layout) }] };
  if (!Object.hasOwn(layout.fields.sparseFields, ranking.field)) return having;
  // Qdrant tells which points have a component where an example has one only by ranking them.
  const count = await countWhere(open, having, { signal });
  return broughtBy(open, { ...stage, limit: Math.max(1, count), scoreThreshold: undefined }, above, signal);
}

/** What an ordering has a value for. */
function valuesFrom({ startFrom, descending }: CheckedOrderBy, path: string, { fields }: Layout): Condition {
  const { payloadFields, paths = "implicit" } = fields;
  const keys = keysOf(readPath(path, paths)!, true);
  const type = payloadFields[path]?.type;
  if (startFrom === undefined)
    return hasValue({ path, keys, type, isLenient: false, isExplicit: paths === "explicit" });
  const bounds = {
    low: descending ? Number.NEGATIVE_INFINITY : startFrom,
    lowInclusive: true,
    high: descending ? startFrom : Number.POSITIVE_INFINITY,
    highInclusive: true,
  };
  return { key: keys[0], range: rangeOf(bounds, type === "datetime" ? "datetime" : "number") };
}

async function broughtBy(
  { wire, layout }: Open,
  stage: CheckedStage,
  above: Above,
  signal: AbortSignal | undefined,
): Promise<Condition> {
  const request = { ...wireStage(stage, layout, above), with_payload: false };
  const { points } = await wire.call<{ points: WireRecord[] }>(
    "queryPoints",
    { collection_name: layout.name, ...request },
    { signal },
  );
  return points.length === 0 ? nothing : { has_id: [...new Set(points.map(({ id }) => id))] };
}
