/** A Collection that tells the audit log of each write, and of each call that is refused to its caller. */
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
import { type Actor, type Audit, isRefusal } from "./audit.ts";

export class AuditedCollection<S extends CollectionSchema> implements Collection<S> {
  readonly #collection: Collection<S>;
  readonly #audit: Audit;
  readonly #actor: Actor;

  constructor(collection: Collection<S>, audit: Audit, actor: Actor) {
    this.#collection = collection;
    this.#audit = audit;
    this.#actor = actor;
  }

  get name(): string {
    return this.#collection.name;
  }

  get schema(): S {
    return this.#collection.schema;
  }

  upsert(points: readonly Point<S>[], options?: WriteOptions): Promise<WriteResult> {
    return this.#write("upsert", lengthOf(points), this.#collection.upsert(points, options), countOf);
  }

  update(selector: PointSelector<S>, change: PointChange<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#write(
      "update",
      askedOf(selector),
      this.#collection.update(selector, change, options),
      countOf,
    );
  }

  delete(selector: PointSelector<S>, options?: WriteOptions): Promise<WriteResult> {
    return this.#write("delete", askedOf(selector), this.#collection.delete(selector, options), countOf);
  }

  get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options?: ReadOptions,
  ): Promise<(StoredPoint<S> | undefined)[]> {
    return this.#read("get", this.#collection.get(ids, select, options));
  }

  query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    return this.#read("query", this.#collection.query(request));
  }

  scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>> {
    return this.#read("scroll", this.#collection.scroll(request));
  }

  count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }> {
    return this.#read("count", this.#collection.count(request));
  }

  facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return this.#read("facet", this.#collection.facet(request));
  }

  optimize(options?: OptimizeOptions): Promise<void> {
    return this.#write("optimize", undefined, this.#collection.optimize(options));
  }

  stats(): Promise<CollectionStats> {
    return this.#read("stats", this.#collection.stats());
  }

  async #write<T>(
    action: string,
    asked: number | undefined,
    writing: Promise<T>,
    countOf?: (result: T) => number,
  ): Promise<T> {
    const told = { action, collection: this.name, ...(asked !== undefined && { asked }) };
    try {
      const result = await writing;
      this.#audit.ended(this.#actor, { ...told, ...(countOf && { count: countOf(result) }) });
      return result;
    } catch (error) {
      if (isRefusal(error)) this.#audit.refused({ ...this.#actor, ...told }, error);
      else this.#audit.ended(this.#actor, told, error);
      throw error;
    }
  }

  async #read<T>(action: string, reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      if (isRefusal(error)) this.#audit.refused({ ...this.#actor, action, collection: this.name }, error);
      throw error;
    }
  }
}

function countOf({ count }: WriteResult): number {
  return count;
}

function askedOf(selector: unknown): number | undefined {
  return lengthOf((selector as { ids?: unknown } | undefined)?.ids);
}

/** Input is not checked yet. */
function lengthOf(list: unknown): number | undefined {
  return Array.isArray(list) ? list.length : undefined;
}
