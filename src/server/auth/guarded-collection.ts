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

  async upsert(points: readonly Point<S>[], options?: WriteOptions): Promise<WriteResult> {
    this.#grant.assertScope("write", "upsert", this.name);
    return this.#collection.upsert(points, options);
  }

  async update(
    selector: PointSelector<S>,
    change: PointChange<S>,
    options?: WriteOptions,
  ): Promise<WriteResult> {
    this.#grant.assertScope("write", "update", this.name);
    return this.#collection.update(selector, change, options);
  }

  async delete(selector: PointSelector<S>, options?: WriteOptions): Promise<WriteResult> {
    this.#grant.assertScope("write", "delete", this.name);
    return this.#collection.delete(selector, options);
  }

  async get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options?: ReadOptions,
  ): Promise<(StoredPoint<S> | undefined)[]> {
    this.#grant.assertScope("read", "get", this.name);
    return this.#collection.get(ids, select, options);
  }

  async query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    this.#grant.assertScope("read", "query", this.name);
    return this.#collection.query(request);
  }

  async scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>> {
    this.#grant.assertScope("read", "scroll", this.name);
    return this.#collection.scroll(request);
  }

  async count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }> {
    this.#grant.assertScope("read", "count", this.name);
    return this.#collection.count(request);
  }

  async facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    this.#grant.assertScope("read", "facet", this.name);
    return this.#collection.facet(request);
  }

  async optimize(options?: OptimizeOptions): Promise<void> {
    this.#grant.assertScope("write", "optimize", this.name);
    return this.#collection.optimize(options);
  }

  async stats(): Promise<CollectionStats> {
    this.#grant.assertScope("read", "stats", this.name);
    return this.#collection.stats();
  }
}
