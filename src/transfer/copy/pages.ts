/** All points of a collection in the order of ids, some megabytes a page, the next page read while one is worked on. */
import { isFrancaError } from "../../errors.ts";
import type { Filter } from "../../model/filter.ts";
import type { PointId } from "../../model/id.ts";
import type { StoredPoint } from "../../model/point.ts";
import type { ScrollPage } from "../../model/result.ts";
import type { Collection } from "../../store.ts";
import { type RepeatOptions, repeated } from "./repeated.ts";

export interface PagesOptions extends RepeatOptions {
  /** Starts behind this id. */
  after?: PointId;
  filter?: Filter;
  /** Fields to bring. */
  vectors: boolean | readonly string[];
  payload?: boolean;
  /** Points a page, at most. Default 1000. */
  points?: number;
  /** About, of a page. Default 4 MiB. */
  bytes?: number;
}

/** Reads are repeated where that may help: they change nothing. @throws FrancaError of the collection */
export async function* pagesOf(collection: Collection, options: PagesOptions): AsyncGenerator<ScrollPage> {
  const { after, points: most = 1000, bytes: pageBytes = 4 * 2 ** 20, vectors, payload = true } = options;
  const { signal, filter } = options;
  const brings = { payload, vectors };
  let limit = Math.min(most, firstLimit(collection, brings, pageBytes));
  const read = async (behind: PointId | undefined): Promise<ScrollPage> => {
    const page = await repeated(
      () =>
        smallEnough(collection, {
          limit,
          select: brings,
          ...(filter !== undefined && { filter }),
          ...(behind !== undefined && { after: behind }),
          ...(signal && { signal }),
        }),
      options,
    );
    const bytes = page.points.reduce((sum, point) => sum + pointBytes(point), 0);
    const average = Math.max(1, bytes / Math.max(1, page.points.length));
    // Not more than doubled, since the next ones may be larger.
    const doubled = Math.max(100, page.points.length * 2);
    limit = Math.max(1, Math.min(most, doubled, Math.floor(pageBytes / average)));
    return page;
  };
  let next: Promise<ScrollPage> | undefined = read(after);
  while (next !== undefined) {
    const page: ScrollPage = await next;
    next = page.next === undefined ? undefined : read(page.next);
    // Whoever stops early does not wait for it; who goes on is told by the await above.
    next?.catch(() => {});
    yield page;
  }
}

/** About what a point takes in memory and on a wire. */
export function pointBytes({ id, payload, vectors = {}, sparse = {}, multi = {} }: StoredPoint): number {
  let bytes = (typeof id === "string" ? id.length : 8) + 16;
  for (const vector of Object.values(vectors)) bytes += vector!.length * 4;
  for (const one of Object.values(sparse)) bytes += one!.indices.length * 8;
  for (const rows of Object.values(multi)) bytes += rows!.length * (rows![0]?.length ?? 0) * 4;
  return bytes + (payload === undefined ? 0 : JSON.stringify(payload).length);
}

/** A server refuses an answer that is too large for it: then half as many points, down to one. */
async function smallEnough(
  collection: Collection,
  request: NonNullable<Parameters<Collection["scroll"]>[0]> & { limit: number },
): Promise<ScrollPage> {
  try {
    return await collection.scroll(request);
  } catch (error) {
    if (request.limit === 1 || !isFrancaError(error, "resource_exhausted")) throw error;
    return smallEnough(collection, { ...request, limit: request.limit >>> 1 });
  }
}

function firstLimit(
  { schema }: Collection,
  brings: { vectors: boolean | readonly string[] },
  pageBytes: number,
): number {
  if (brings.vectors === false) return 1000;
  const row = Object.values(schema.vectors).reduce((sum, { dimension }) => sum + dimension * 4, 0);
  return Math.max(1, Math.min(200, Math.floor(pageBytes / Math.max(1, row))));
}
