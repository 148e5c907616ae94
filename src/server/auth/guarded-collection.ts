/** A Collection that asks its key's grant before each call. */
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
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
  PointChange,
  PointSelector,
  WriteOptions,
} from "../../store.ts";
import type { Grant } from "./grant.ts";
import type { Role } from "./key.ts";

export class GuardedCollection<S extends CollectionSchema> implements Collection<S> {
  readonly #collection: Collection<S>;
  readonly #grant: Grant;

  constructor(collection: Collection<S>, grant: Grant) {
    this.#collection = collection;
    this.#grant = grant;
  }

  get name(): string {
    return this.#collection.name;
  }

  get schema(): S {
    return this.#collection.schema;
  }

  upsert(points: readonly Point<S>[], options?: WriteOptions): Promise<WriteResult> {
    return this.#refusal("write", "upsert") ?? this.#collection.upsert(points, options);
  }

  update(selector: PointSelector<S>, change: PointChange<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#refusal("write", "update") ?? this.#collection.update(selector, change, options);
  }

  delete(selector: PointSelector<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#refusal("write", "delete") ?? this.#collection.delete(selector, options);
  }

  get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options?: ReadOptions,
  ): Promise<(StoredPoint<S> | undefined)[]> {
    return this.#refusal("read", "get") ?? this.#collection.get(ids, select, options);
  }

  query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    return this.#refusal("read", "query") ?? this.#collection.query(request);
  }

  scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>> {
    return this.#refusal("read", "scroll") ?? this.#collection.scroll(request);
  }

  count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }> {
    return this.#refusal("read", "count") ?? this.#collection.count(request);
  }

  facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return this.#refusal("read", "facet") ?? this.#collection.facet(request);
  }

  optimize(options?: OptimizeOptions): Promise<void> {
    return this.#refusal("write", "optimize") ?? this.#collection.optimize(options);
  }

  stats(): Promise<CollectionStats> {
    return this.#refusal("read", "stats") ?? this.#collection.stats();
  }

  /** Undefined: go on. Not an async function around each call, since promises cost more than what is asked here. */
  #refusal(needed: Role, action: string): Promise<never> | undefined {
    try {
      this.#grant.assertScope(needed, action, this.#collection.name);
      return undefined;
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
