/**
 * Takes away chunks whose text is no longer in a file, and files that are gone.
 */
import { idKey, type PointId } from "../../model/id.ts";
import type { Collection } from "../../store.ts";
import type { IngestReport } from "./ingest.ts";
import type { Sources } from "./sources.ts";

const pageSize = 5000;
const pathsAtOnce = 500;

/** Deletes the chunks of a file that are not among `kept` (by idKey). Returns how many. */
export async function removeStale(
  chunks: Collection,
  path: string,
  kept: ReadonlyMap<string, number>,
): Promise<number> {
  const stale: PointId[] = [];
  let after: PointId | undefined;
  do {
    const page = await chunks.scroll({
      filter: { field: "source", eq: path },
      select: { payload: false },
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id } of page.points) if (!kept.has(idKey(id))) stale.push(id);
    after = page.next;
  } while (after !== undefined);
  for (let from = 0; from < stale.length; from += pageSize)
    await chunks.delete({ ids: stale.slice(from, from + pageSize) });
  return stale.length;
}

/** Chunks first, rows behind them: whatever happens between, the next run does it again. */
export async function removeFiles(
  chunks: Collection,
  sources: Sources,
  paths: readonly string[],
  report: IngestReport,
): Promise<void> {
  for (let from = 0; from < paths.length; from += pathsAtOnce) {
    const some = paths.slice(from, from + pathsAtOnce);
    report.chunks.removed += (await chunks.delete({ filter: { field: "source", in: some } })).count;
    await sources.remove(some);
  }
}
