/** A Collection of a Qdrant. */
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import type { PointId } from "../../model/id.ts";
import type { Point, StoredPoint } from "../../model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "../../model/query.ts";
import type { QueryResult, ScrollPage, Warning, WriteResult } from "../../model/result.ts";
import type { CollectionSchema } from "../../model/schema.ts";
import { checkFilter } from "../../model/validate-filter.ts";
import { checkQuery, checkScroll } from "../../model/validate-query.ts";
import { checkSignal, checkSignalOptions } from "../../model/validate-signal.ts";
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
import { countMatching } from "./count.ts";
import { deletePoints } from "./delete.ts";
import { facetValues } from "./facet.ts";
import { getPoints } from "./get.ts";
import type { Layout } from "./layout.ts";
import { waitUntilGreen } from "./optimize.ts";
import { runQuery } from "./query.ts";
import { scrollPoints } from "./scroll.ts";
import { statsOf } from "./stats.ts";
import { updatePoints } from "./update.ts";
import { upsertPoints } from "./upsert.ts";
import { filterWarnings } from "./warnings.ts";
import type { Wire } from "./wire.ts";

/** What the parts of a collection work with. */
export interface Open {
  readonly wire: Wire;
  readonly layout: Layout;
}

export class QdrantCollection<S extends CollectionSchema> implements Collection<S> {
  readonly name: string;
  readonly schema: S;
  readonly #open: Open;

  constructor(wire: Wire, layout: Layout) {
    this.name = layout.name;
    this.schema = layout.schema as S;
    this.#open = { wire, layout };
  }

  async upsert(points: readonly Point<S>[], options: WriteOptions = {}): Promise<WriteResult> {
    const signal = checkSignalOptions(options, "options");
    return this.#write("the upsert", signal, () => upsertPoints(this.#open, points, signal));
  }

  async update(
    selector: PointSelector<S>,
    change: PointChange<S>,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    const signal = checkSignalOptions(options, "options");
    return this.#write("the update", signal, () => updatePoints(this.#open, selector, change, signal));
  }

  async delete(selector: PointSelector<S>, options: WriteOptions = {}): Promise<WriteResult> {
    const signal = checkSignalOptions(options, "options");
    return this.#write("the deletion", signal, () => deletePoints(this.#open, selector, signal));
  }

  async get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options: ReadOptions = {},
  ): Promise<(StoredPoint<S> | undefined)[]> {
    const signal = checkSignalOptions(options, "options");
    return getPoints(this.#open, ids, select, signal) as Promise<(StoredPoint<S> | undefined)[]>;
  }

  async query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    const query = checkQuery(request, this.#open.layout.fields);
    return (await runQuery(this.#open, query)) as unknown as QueryResult<S>;
  }

  async scroll(request: ScrollRequest<S> = {}): Promise<ScrollPage<S>> {
    const scroll = checkScroll(request, this.#open.layout.fields);
    return (await scrollPoints(this.#open, scroll)) as unknown as ScrollPage<S>;
  }

  async count(request: CountRequest<S> = {}): Promise<{ count: number; warnings: Warning[] }> {
    const { filter, signal: given, ...others } = plainObject(request, "count", "{filter, signal}");
    rejectKeys(others, "count", "filter and signal");
    const { fields } = this.#open.layout;
    const checked = filter === undefined ? undefined : checkFilter(filter, fields);
    const signal = checkSignal(given, "count.signal");
    return {
      count: await countMatching(this.#open, checked, signal),
      warnings: filterWarnings(checked),
    };
  }

  async facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return facetValues(this.#open, request);
  }

  async optimize(options: OptimizeOptions = {}): Promise<void> {
    const { signal, onProgress, ...others } = plainObject(options, "options", "{signal, onProgress}");
    rejectKeys(others, "options", "signal and onProgress");
    if (onProgress !== undefined && typeof onProgress !== "function")
      throw badInput("options.onProgress", "a function", onProgress ?? "null");
    const tell = onProgress as OptimizeOptions["onProgress"];
    await waitUntilGreen(this.#open, { onProgress: tell, signal: checkSignal(signal, "options.signal") });
  }

  stats(): Promise<CollectionStats> {
    return statsOf(this.#open);
  }

  #write(
    what: string,
    signal: AbortSignal | undefined,
    write: () => Promise<WriteResult>,
  ): Promise<WriteResult> {
    return this.#open.wire.whole(write, signal, what);
  }
}
