/**
 * A Store over a Store that tells what is asked of it, how long it took and how it ended: what metrics, slow queries and
 * traces are made of, whichever dialect asks. It changes no answer.
 */
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "../../model/query.ts";
import type { Explanation, QueryResult, ScrollPage, Warning, WriteResult } from "../../model/result.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import type {
  Abilities,
  Collection,
  CollectionInfo,
  CollectionStats,
  CountRequest,
  FacetRequest,
  FacetValue,
  OptimizeOptions,
  PointChange,
  PointSelector,
  SchemaChange,
  Store,
  WriteOptions,
} from "../../store.ts";

/** Who watches. Called while others wait: quick, and never throwing. */
export interface StoreWatch {
  /** Whether queries are to be asked for what they did, though their caller did not ask. */
  readonly explain: boolean;
  /** A collection was come by: made, or found by its name or an alias. */
  found(collection: string): void;
  dropped(collection: string): void;
  queried(query: WatchedQuery): void;
  wrote(write: WatchedWrite): void;
}

export interface WatchedQuery {
  readonly collection: string;
  /** As the caller gave it, not checked. */
  readonly request: unknown;
  readonly startMs: number;
  readonly timeMs: number;
  /** One of the two. */
  readonly result: QueryResult | undefined;
  readonly error: unknown;
  /** What it did, where the store tells and `explain` is set. */
  readonly steps: Explanation | undefined;
}

export interface WatchedWrite {
  readonly collection: string;
  readonly kind: "upsert" | "update" | "delete";
  /** Points that were written, changed or deleted; only what was acknowledged is told. */
  readonly count: number;
}

export function watchedStore(store: Store, watch: StoreWatch): Store {
  return new WatchedStore(store, watch);
}

class WatchedStore implements Store {
  readonly #store: Store;
  readonly #watch: StoreWatch;

  constructor(store: Store, watch: StoreWatch) {
    this.#store = store;
    this.#watch = watch;
  }

  get abilities(): Abilities {
    return this.#store.abilities;
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options?: { ifExists?: "error" | "open" },
  ): Promise<Collection<S>> {
    return this.#watched(await this.#store.create(name, schema, options));
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    return this.#watched(await this.#store.collection(name, schema));
  }

  async drop(name: string): Promise<boolean> {
    const was = await this.#store.drop(name);
    if (was) this.#watch.dropped(name);
    return was;
  }

  describe(name: string): Promise<CollectionInfo> {
    return this.#store.describe(name);
  }

  list(): Promise<string[]> {
    return this.#store.list();
  }

  alter(name: string, change: SchemaChange): Promise<void> {
    return this.#store.alter(name, change);
  }

  setAlias(alias: string, collection: string): Promise<void> {
    return this.#store.setAlias(alias, collection);
  }

  dropAlias(alias: string): Promise<boolean> {
    return this.#store.dropAlias(alias);
  }

  aliases(): Promise<{ [alias: string]: string }> {
    return this.#store.aliases();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #watched<S extends CollectionSchema>(collection: Collection<S>): Collection<S> {
    this.#watch.found(collection.name);
    return new WatchedCollection(collection, this.#store.abilities, this.#watch);
  }
}

class WatchedCollection<S extends CollectionSchema> implements Collection<S> {
  readonly #collection: Collection<S>;
  readonly #watch: StoreWatch;
  readonly #explain: boolean;

  constructor(collection: Collection<S>, abilities: Abilities, watch: StoreWatch) {
    this.#collection = collection;
    this.#watch = watch;
    this.#explain = watch.explain && abilities.explain;
  }

  get name(): string {
    return this.#collection.name;
  }

  get schema(): S {
    return this.#collection.schema;
  }

  upsert(points: readonly Point<S>[], options?: WriteOptions): Promise<WriteResult> {
    return this.#wrote("upsert", this.#collection.upsert(points, options));
  }

  update(selector: PointSelector<S>, change: PointChange<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#wrote("update", this.#collection.update(selector, change, options));
  }

  delete(selector: PointSelector<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#wrote("delete", this.#collection.delete(selector, options));
  }

  get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options?: ReadOptions,
  ): Promise<(StoredPoint<S> | undefined)[]> {
    return this.#collection.get(ids, select, options);
  }

  async query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    const startMs = performance.now();
    const adds = this.#explain && typeof request === "object" && request !== null && request.explain !== true;
    let result: QueryResult<S> | undefined;
    let error: unknown;
    try {
      result = await this.#collection.query(adds ? { ...request, explain: true } : request);
    } catch (thrown) {
      error = thrown;
    }
    this.#watch.queried({
      collection: this.#collection.name,
      request,
      startMs,
      timeMs: performance.now() - startMs,
      result: result as QueryResult | undefined,
      error,
      steps: result?.explain,
    });
    if (result === undefined) throw error;
    if (adds) delete result.explain;
    return result;
  }

  scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>> {
    return this.#collection.scroll(request);
  }

  count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }> {
    return this.#collection.count(request);
  }

  facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return this.#collection.facet(request);
  }

  optimize(options?: OptimizeOptions): Promise<void> {
    return this.#collection.optimize(options);
  }

  stats(): Promise<CollectionStats> {
    return this.#collection.stats();
  }

  async #wrote(kind: WatchedWrite["kind"], writing: Promise<WriteResult>): Promise<WriteResult> {
    const result = await writing;
    this.#watch.wrote({ collection: this.#collection.name, kind, count: result.count });
    return result;
  }
}
