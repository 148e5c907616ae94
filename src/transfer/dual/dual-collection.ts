/** A Collection of two stores: writes to the primary and then to the secondary, in one order for each point; reads of the primary. */
import { badInput } from "../../model/bad-input.ts";
import type { Filter } from "../../model/filter.ts";
import { idKey, normalizeId, type PointId } from "../../model/id.ts";
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
  PointChange,
  PointSelector,
  WriteOptions,
} from "../../store.ts";
import { pagesOf } from "../copy/pages.ts";
import { isSurelyUndone, type Mirror } from "./mirror.ts";
import { resync } from "./resync.ts";
import type { Roles } from "./roles.ts";
import type { Shadow } from "./shadow.ts";

export class DualCollection implements Collection {
  readonly name: string;
  readonly #opened: Collection;
  readonly #roles: Roles;
  /** Asked for each time: a collection of this name that was dropped and made again is another. */
  readonly #mirrorOf: () => Mirror;
  readonly #shadow: Shadow;

  constructor(opened: Collection, roles: Roles, mirrorOf: () => Mirror, shadow: Shadow) {
    this.name = opened.name;
    this.#opened = opened;
    this.#roles = roles;
    this.#mirrorOf = mirrorOf;
    this.#shadow = shadow;
  }

  get schema(): CollectionSchema {
    return this.#opened.schema;
  }

  async upsert(points: readonly Point[], options?: WriteOptions): Promise<WriteResult> {
    const copied = copiedPoints(points);
    const ids = copied.map(({ id }) => normalizeId(id));
    return this.#written(
      ids,
      (primary) => primary.upsert(copied, options),
      (secondary) => secondary.upsert(copied),
    );
  }

  async update(
    selector: PointSelector<CollectionSchema>,
    change: PointChange<CollectionSchema>,
    options?: WriteOptions,
  ): Promise<WriteResult> {
    const own = copied(change);
    return this.#selected(selector, options, (ids) => [
      (primary) => primary.update({ ids }, own, options),
      // Whole points: one that the secondary lacks, or has from before, would be changed into something else.
      async (secondary) => resync(await this.#primary(), secondary, ids),
    ]);
  }

  async delete(selector: PointSelector<CollectionSchema>, options?: WriteOptions): Promise<WriteResult> {
    return this.#selected(selector, options, (ids) => [
      (primary) => primary.delete({ ids }, options),
      (secondary) => secondary.delete({ ids }),
    ]);
  }

  async get(
    ids: readonly PointId[],
    select?: Selection,
    options?: ReadOptions,
  ): Promise<(StoredPoint | undefined)[]> {
    const points = await (await this.#primary()).get(ids, select, options);
    this.#shadow.compare(this.#mirrorOf(), "get", points, (secondary) => secondary.get(ids, select));
    return points;
  }

  async query(request: QueryRequest): Promise<QueryResult> {
    const result = await (await this.#primary()).query(request);
    const { signal: _, ...again } = request;
    const ask = async (secondary: Collection): Promise<QueryResult["hits"]> =>
      (await secondary.query(again as QueryRequest)).hits;
    this.#shadow.compare(this.#mirrorOf(), "query", result.hits, ask);
    return result;
  }

  async scroll(request?: ScrollRequest): Promise<ScrollPage> {
    return (await this.#primary()).scroll(request);
  }

  async count(request: CountRequest<CollectionSchema> = {}): Promise<{ count: number; warnings: Warning[] }> {
    const counted = await (await this.#primary()).count(request);
    const { signal: _, ...again } = request;
    const ask = async (secondary: Collection): Promise<number> => (await secondary.count(again)).count;
    this.#shadow.compare(this.#mirrorOf(), "count", counted.count, ask);
    return counted;
  }

  async facet(
    request: FacetRequest<CollectionSchema>,
  ): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return (await this.#primary()).facet(request);
  }

  /** The primary's; the secondary's is asked of it itself. */
  async optimize(options?: OptimizeOptions): Promise<void> {
    return (await this.#primary()).optimize(options);
  }

  async stats(): Promise<CollectionStats> {
    return (await this.#primary()).stats();
  }

  #primary(): Promise<Collection> {
    return this.#roles.ofPrimary(this.name);
  }

  /** A filter is resolved on the primary while nobody else writes, so that both stores change the same points. */
  async #selected(
    selector: PointSelector<CollectionSchema>,
    options: WriteOptions | undefined,
    act: (ids: PointId[]) => [WriteOf<WriteResult>, WriteOf<unknown>],
  ): Promise<WriteResult> {
    const { filter, ids } = (selector ?? {}) as { filter?: Filter; ids?: readonly PointId[] };
    if ((filter === undefined) === (ids === undefined))
      throw badInput("selector", "either `ids` or `filter`", selector);
    if (filter === undefined) {
      if (!Array.isArray(ids)) throw badInput("selector.ids", "an array of ids", ids);
      const own = ids.map(normalizeId);
      return this.#written(own, ...act(own));
    }
    const asked = copied(filter);
    const mirror = this.#mirrorOf();
    return mirror.turns.take("all", async () => {
      const matching = await idsOf(await this.#primary(), asked, options);
      return this.#both(mirror, matching, ...act(matching));
    });
  }

  #written(
    ids: readonly PointId[],
    onPrimary: WriteOf<WriteResult>,
    onSecondary: WriteOf<unknown>,
  ): Promise<WriteResult> {
    const mirror = this.#mirrorOf();
    return mirror.turns.take(ids.map(idKey), () => this.#both(mirror, ids, onPrimary, onSecondary));
  }

  /** Under the turn of `ids`: the order on the primary is that on the secondary. */
  async #both(
    mirror: Mirror,
    ids: readonly PointId[],
    onPrimary: WriteOf<WriteResult>,
    onSecondary: WriteOf<unknown>,
  ): Promise<WriteResult> {
    let result: WriteResult;
    try {
      result = await onPrimary(await this.#primary());
    } catch (error) {
      // It may have been done: then the secondary lacks it.
      if (!isSurelyUndone(error) && !mirror.isAll && ids.length > 0) mirror.diverge(ids, error);
      throw error;
    }
    if (ids.length > 0) {
      await mirror.follow(ids, async () => onSecondary(await this.#roles.ofSecondary(this.name)));
    }
    return result;
  }
}

type WriteOf<T> = (collection: Collection) => Promise<T>;

async function idsOf(
  primary: Collection,
  filter: Filter,
  options: WriteOptions | undefined,
): Promise<PointId[]> {
  const ids: PointId[] = [];
  const signal = options?.signal;
  const pages = pagesOf(primary, {
    filter,
    vectors: false,
    payload: false,
    retries: 0,
    points: 10_000,
    ...(signal && { signal }),
  });
  for await (const page of pages) ids.push(...page.points.map(({ id }) => id));
  return ids;
}

/** A write waits for its turn; what the caller changes meanwhile is not meant. */
function copiedPoints(points: readonly Point[]): Point[] {
  if (!Array.isArray(points)) throw badInput("points", "an array of points", points ?? String(points));
  return points.map((point: Point, i) => {
    if (typeof point !== "object" || point === null)
      throw badInput(`points[${i}]`, "a point: {id, vector or vectors, payload}", point);
    const { vector, vectors, sparse, multi, payload } = point;
    const named = vectors !== undefined && vectors !== null && typeof vectors === "object";
    return {
      ...point,
      ...(vector !== undefined && { vector: copiedVector(vector) }),
      ...(named && {
        vectors: Object.fromEntries(
          Object.entries(vectors).map(([name, one]) => [name, one && copiedVector(one)]),
        ),
      }),
      ...(sparse !== undefined && { sparse: copied(sparse) }),
      ...(multi !== undefined && { multi: copied(multi) }),
      ...(payload !== undefined && { payload: copied(payload) }),
    } as Point;
  });
}

function copiedVector(vector: VectorInput): VectorInput {
  return Array.isArray(vector) || vector instanceof Float32Array ? vector.slice() : vector;
}

function copied<T>(value: T): T {
  try {
    return structuredClone(value);
  } catch {
    // What cannot be copied is no plain data: the primary refuses it, in its own words, before anything is written.
    return value;
  }
}
