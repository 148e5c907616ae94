/**
 * A collection that is obviously right: points in a Map, every question answered by looking at all of them.
 * What the engine answers is compared with it; where the two differ, one of them and the documentation are wrong.
 */
import type { Filter } from "../../src/model/filter.ts";
import { compareIds, idKey, normalizeId, type PointId } from "../../src/model/id.ts";
import type { JsonValue, Payload } from "../../src/model/payload.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { FusionLeg } from "../../src/model/ranking.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { PointChange, PointSelector } from "../../src/store.ts";
import { matches, valuesOf } from "./filter.ts";
import {
  bm25,
  inOrder,
  isFragile,
  largerIsBetter,
  maxSimilarity,
  type Scored,
  similarity,
} from "./ranking.ts";

export interface OraclePoint {
  id: PointId;
  payload: Payload;
  vectors: { [field: string]: readonly number[] };
  sparse?: { [field: string]: OracleSparse };
  multi?: { [field: string]: readonly (readonly number[])[] };
}

type Kept = Required<OraclePoint>;

export interface OracleSparse {
  indices: readonly number[];
  values: readonly number[];
}

export interface OracleAnswer {
  /** All that match, best first, cut by the threshold but not by offset and limit. */
  ranking: (Scored & { legs?: { [name: string]: { score: number; rank: number } } })[];
  matched: number;
  larger: boolean;
  /** Rounding may order this ranking otherwise. */
  fragile: boolean;
}

export class Oracle {
  readonly schema: CollectionSchema;
  readonly #points: Map<string, Kept> = new Map();

  constructor(schema: CollectionSchema) {
    this.schema = schema;
  }

  upsert(points: readonly OraclePoint[]): number {
    for (const point of points) {
      this.#points.set(idKey(normalizeId(point.id)), {
        sparse: {},
        multi: {},
        ...structuredClone(point),
        id: normalizeId(point.id),
        payload: asTree(point.payload),
      });
    }
    return new Set(points.map((point) => idKey(normalizeId(point.id)))).size;
  }

  select(selector: PointSelector<CollectionSchema>): Kept[] {
    if ("filter" in selector) return this.matching(selector.filter);
    const keys = new Set(selector.ids.map((id) => idKey(normalizeId(id))));
    return this.all().filter(({ id }) => keys.has(idKey(id)));
  }

  update(selector: PointSelector<CollectionSchema>, change: PointChange<CollectionSchema>): number {
    const points = this.select(selector);
    for (const point of points) {
      if (change.overwritePayload) point.payload = asTree(change.overwritePayload) as Payload;
      for (const path of change.deletePayload ?? []) deletePath(point.payload, path.split("."));
      Object.assign(point.payload, asTree(change.setPayload ?? {}));
      for (const kind of [point.vectors, point.sparse, point.multi])
        for (const field of change.deleteVectors ?? []) delete kind[field];
      Object.assign(point.vectors, structuredClone(change.setVectors ?? {}));
      Object.assign(point.sparse, structuredClone(change.setSparse ?? {}));
      Object.assign(point.multi, structuredClone(change.setMulti ?? {}));
    }
    return points.length;
  }

  delete(selector: PointSelector<CollectionSchema>): number {
    const points = this.select(selector);
    for (const { id } of points) this.#points.delete(idKey(id));
    return points.length;
  }

  /** In the order of ids. */
  all(): Kept[] {
    return [...this.#points.values()].sort((a, b) => compareIds(a.id, b.id));
  }

  get(id: PointId): Kept | undefined {
    return this.#points.get(idKey(normalizeId(id)));
  }

  matching(filter?: Filter): Kept[] {
    return this.all().filter(({ id, payload }) => !filter || matches(this.schema, filter, id, payload));
  }

  query(request: QueryRequest): OracleAnswer {
    const leftOut = new Set(
      ("fusion" in request ? request.fusion.legs : [request]).flatMap((leg) =>
        "nearest" in leg && "id" in leg.nearest ? [idKey(normalizeId(leg.nearest.id))] : [],
      ),
    );
    const candidates = this.matching(request.filter).filter(({ id }) => !leftOut.has(idKey(id)));
    const answer = "fusion" in request ? this.#fuse(request, candidates) : this.#rank(request, candidates);
    const { scoreThreshold } = request;
    if (scoreThreshold !== undefined) {
      answer.ranking = answer.ranking.filter(({ score }) =>
        answer.larger ? score >= scoreThreshold : score <= scoreThreshold,
      );
    }
    return answer;
  }

  facet(path: string, filter?: Filter): Map<JsonValue, number> {
    const counts = new Map<JsonValue, number>();
    for (const { payload } of this.matching(filter)) {
      const values = valuesOf(payload, path).filter((value) => value !== null);
      for (const value of new Set(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  }

  #rank(leg: QueryRequest | FusionLeg, candidates: readonly Kept[]): OracleAnswer {
    if ("text" in leg) {
      const declared = Object.entries(this.schema.payload ?? {});
      const fields = leg.fields ?? declared.filter(([, { type }]) => type === "text").map(([path]) => path);
      const ranking = bm25(this.schema, this.all(), candidates, leg.text, fields);
      // Sums of the same terms in another order differ in the last digits, ties included.
      return { ranking, matched: ranking.length, larger: true, fragile: isFragile(ranking, false) };
    }
    if (!("nearest" in leg)) throw new Error("a fusion's legs are no fusions");
    const field = leg.field ?? Object.keys(this.schema.vectors)[0]!;
    const example = leg.nearest as
      | readonly number[]
      | OracleSparse
      | readonly (readonly number[])[]
      | { id: PointId };
    const source = "id" in example ? this.get(example.id)! : undefined;
    if (this.schema.sparse?.[field] !== undefined) {
      const target = source === undefined ? (example as OracleSparse) : source.sparse[field]!;
      return this.#rankSparse(field, target, candidates);
    }
    const multi = this.schema.multi?.[field];
    const metric = (multi ?? this.schema.vectors[field]!).metric ?? "cosine";
    const larger = largerIsBetter(metric);
    const ranking = candidates.flatMap(({ id, vectors, multi: lists }) => {
      if (multi === undefined) {
        const target = source === undefined ? (example as readonly number[]) : source.vectors[field]!;
        return vectors[field] === undefined
          ? []
          : [{ id, score: similarity(metric, target, vectors[field]) }];
      }
      const target =
        source === undefined ? (example as readonly (readonly number[])[]) : source.multi[field]!;
      // One vector is a list of one row.
      const rows = (typeof target[0] === "number" ? [target] : target) as readonly (readonly number[])[];
      return lists[field] === undefined ? [] : [{ id, score: maxSimilarity(metric, rows, lists[field]) }];
    });
    inOrder(ranking, larger);
    return { ranking, matched: ranking.length, larger, fragile: isFragile(ranking, metric !== "cosine") };
  }

  #rankSparse(field: string, target: OracleSparse, candidates: readonly Kept[]): OracleAnswer {
    const isWeighed = this.schema.sparse![field]!.modifier === "idf";
    const stored = this.all().flatMap(({ sparse }) => (sparse[field]?.indices.length ? [sparse[field]] : []));
    const weightOf = (index: number): number => {
      const holders = stored.filter(({ indices }) => indices.includes(index)).length;
      return isWeighed ? Math.log(1 + (stored.length - holders + 0.5) / (holders + 0.5)) : 1;
    };
    const ranking = candidates.flatMap(({ id, sparse }) => {
      const own = sparse[field];
      const shared = target.indices.filter((index) => own?.indices.includes(index));
      const score = shared.reduce(
        (sum, index) => sum + weightOf(index) * componentAt(target, index) * componentAt(own!, index),
        0,
      );
      return shared.length === 0 ? [] : [{ id, score }];
    });
    inOrder(ranking, true);
    return { ranking, matched: ranking.length, larger: true, fragile: isFragile(ranking, !isWeighed) };
  }

  #fuse(request: QueryRequest & { fusion: object }, candidates: readonly Kept[]): OracleAnswer {
    const { legs, k = 60 } = (request as Extract<QueryRequest, { fusion: object }>).fusion;
    const fused = new Map<string, OracleAnswer["ranking"][number]>();
    const admitted = new Set<string>();
    let fragile = false;
    for (const leg of legs) {
      const answer = this.#rank(leg, candidates);
      fragile ||= answer.fragile;
      for (const { id } of answer.ranking) admitted.add(idKey(id));
      const depth = leg.limit ?? Math.max(100, (request.offset ?? 0) + (request.limit ?? 10));
      const name = leg.name ?? ("text" in leg ? "keyword" : "vector");
      answer.ranking.slice(0, depth).forEach(({ id, score }, rank) => {
        const hit = fused.get(idKey(id)) ?? { id, score: 0, legs: {} };
        hit.score += (leg.weight ?? 1) / (k + rank + 1);
        hit.legs![name] = { score, rank };
        fused.set(idKey(id), hit);
      });
    }
    return { ranking: inOrder([...fused.values()], true), matched: admitted.size, larger: true, fragile };
  }
}

function componentAt({ indices, values }: OracleSparse, index: number): number {
  return values[indices.indexOf(index)]!;
}

function deletePath(value: JsonValue, keys: readonly string[]): void {
  if (Array.isArray(value)) {
    for (const element of value) deletePath(element, keys);
  } else if (typeof value === "object" && value !== null && Object.hasOwn(value, keys[0]!)) {
    if (keys.length === 1) delete value[keys[0]!];
    else deletePath(value[keys[0]!]!, keys.slice(1));
  }
}

/** A payload is a tree: an object that the writer used in two places is two values, where structuredClone keeps one. */
function asTree<T>(payload: T): T {
  return JSON.parse(JSON.stringify(payload));
}
