/** A Collection of a Franca server. */
import { FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint, VectorInput } from "../../model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "../../model/query.ts";
import type { QueryResult, ScrollPage, Warning, WriteResult } from "../../model/result.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import type {
  Collection,
  CollectionStats,
  CountRequest,
  FacetRequest,
  FacetValue,
  OptimizeOptions,
  OptimizeProgress,
  PointChange,
  PointSelector,
  WriteOptions,
} from "../../store.ts";
import type { Call, Transport } from "./transport.ts";

export class RemoteCollection<S extends CollectionSchema> implements Collection<S> {
  readonly name: string;
  readonly schema: S;
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport, name: string, schema: S) {
    this.#transport = transport;
    this.name = name;
    this.schema = schema;
    this.#path = `/collections/${encodeURIComponent(name)}`;
  }

  upsert(points: readonly Point<S>[], { signal }: WriteOptions = {}): Promise<WriteResult> {
    const sent = Array.isArray(points) ? points.map(withTypedVectors) : points;
    return this.#post("upsert", { points: sent }, "write", signal) as Promise<WriteResult>;
  }

  update(
    selector: PointSelector<S>,
    change: PointChange<S>,
    { signal }: WriteOptions = {},
  ): Promise<WriteResult> {
    return this.#post("update", { selector, change }, "write", signal) as Promise<WriteResult>;
  }

  delete(selector: PointSelector<S>, { signal }: WriteOptions = {}): Promise<WriteResult> {
    return this.#post("delete", selector, "write", signal) as Promise<WriteResult>;
  }

  async get(
    ids: readonly PointId[],
    select?: Selection<S>,
    { signal }: ReadOptions = {},
  ): Promise<(StoredPoint<S> | undefined)[]> {
    const { points } = (await this.#post("get", { ids, select }, "read", signal)) as {
      points: (StoredPoint<S> | null)[];
    };
    return points.map((point) => point ?? undefined);
  }

  query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    const { signal, ...rest } = request;
    const sent = "nearest" in rest ? { ...rest, nearest: typed(rest.nearest) } : rest;
    return this.#post("query", sent, "read", signal) as Promise<QueryResult<S>>;
  }

  scroll({ signal, ...request }: ScrollRequest<S> = {}): Promise<ScrollPage<S>> {
    return this.#post("scroll", request, "read", signal) as Promise<ScrollPage<S>>;
  }

  count({ signal, ...request }: CountRequest<S> = {}): Promise<{ count: number; warnings: Warning[] }> {
    return this.#post("count", request, "read", signal) as Promise<{ count: number; warnings: Warning[] }>;
  }

  facet({ signal, ...request }: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return this.#post("facet", request, "read", signal) as Promise<{
      values: FacetValue[];
      warnings: Warning[];
    }>;
  }

  async optimize({ signal, onProgress }: OptimizeOptions = {}): Promise<void> {
    const call: Call = {
      method: "POST",
      path: `${this.#path}/optimize`,
      kind: "write",
      ...(signal && { signal }),
    };
    for await (const line of this.#transport.lines(call)) {
      const { done, error, ...progress } = line as {
        done?: unknown;
        error?: { code: FrancaError["code"]; message: string };
      };
      if (error !== undefined) throw new FrancaError(error.code, error.message);
      if (done === true) return;
      onProgress?.({ ...progress, ...(done !== undefined && { done }) } as OptimizeProgress);
    }
    throw new FrancaError(
      "unavailable",
      "the server stopped telling how optimize goes on before it was done",
      {
        details: { outcome: "unknown" },
      },
    );
  }

  stats(): Promise<CollectionStats> {
    return this.#transport.call({
      method: "GET",
      path: `${this.#path}/stats`,
      kind: "read",
    }) as Promise<CollectionStats>;
  }

  #post(verb: string, body: object, kind: Call["kind"], signal: AbortSignal | undefined): Promise<unknown> {
    return this.#transport.call({
      method: "POST",
      path: `${this.#path}/points/${verb}`,
      body,
      kind,
      ...(signal && { signal }),
    });
  }
}

/** Lists of numbers go as float32, which is what they are kept as; what is none goes as it is, and is refused there. */
function typed<T>(vector: T | VectorInput): T | Float32Array {
  const isList = Array.isArray(vector) && vector.every((x) => typeof x === "number");
  return isList ? Float32Array.from(vector as number[]) : (vector as T);
}

function withTypedVectors<S extends CollectionSchema>(point: Point<S>): unknown {
  if (typeof point !== "object" || point === null || Array.isArray(point)) return point;
  const { vector, vectors } = point;
  if (!Array.isArray(vector) && vectors === undefined) return point;
  const named = typeof vectors === "object" && vectors !== null && !Array.isArray(vectors);
  return {
    ...point,
    ...(vector !== undefined && { vector: typed(vector) }),
    ...(named && {
      vectors: Object.fromEntries(Object.entries(vectors).map(([name, one]) => [name, typed(one)])),
    }),
  };
}
