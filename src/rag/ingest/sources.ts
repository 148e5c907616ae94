/**
 * What is known of each file whose chunks are in a collection: one row a file in `<collection>.sources`.
 * A row is written before the first chunk of its file and marked done after the last, so that whatever is
 * interrupted, no chunk is without a row, and doing it again completes it.
 */
import type { Point, StoredPoint } from "../../model/point.ts";
import type { Collection, Store } from "../../store.ts";
import { shortHash } from "./hash.ts";
import { sourcesName, sourcesSchema } from "./schema.ts";

export interface SourceRow {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
  /** When the file was read; a change within the same tick of its clock could not be seen in `modifiedMs`. */
  readMs: number;
  /** SHA-256 of the file's bytes, shortened. */
  hash: string;
  /** What the ids of its chunks are made from: the path under which the content was first added. */
  key: string;
  /** How it was cut in chunks; other settings mean that it is read again. */
  settings: string;
  /** False while its chunks are being written, or when some of its lines could not be read. */
  done: boolean;
  chunks: number;
}

export interface Sources {
  rows: Map<string, SourceRow>;
  write(rows: readonly SourceRow[]): Promise<void>;
  remove(paths: readonly string[]): Promise<void>;
}

const pageSize = 5000;

export async function openSources(store: Store, collection: string): Promise<Sources> {
  const points = await store.create(sourcesName(collection), sourcesSchema, { ifExists: "open" });
  const rows = await readRows(points);
  return {
    rows,
    async write(written) {
      if (written.length === 0) return;
      const batch: Point[] = [];
      for (const row of written) batch.push({ id: await rowId(row.path), payload: { ...row } });
      await points.upsert(batch);
      for (const row of written) rows.set(row.path, row);
    },
    async remove(paths) {
      if (paths.length === 0) return;
      await points.delete({ ids: await Promise.all(paths.map(rowId)) });
      for (const path of paths) rows.delete(path);
    },
  };
}

async function readRows(points: Collection): Promise<Map<string, SourceRow>> {
  const rows = new Map<string, SourceRow>();
  let after: StoredPoint["id"] | undefined;
  do {
    const page = await points.scroll({ limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const point of page.points) {
      const row = point.payload as unknown as SourceRow | undefined;
      if (typeof row?.path === "string") rows.set(row.path, row);
    }
    after = page.next;
  } while (after !== undefined);
  return rows;
}

/** Paths may be longer than ids, and need not be well-formed. */
async function rowId(path: string): Promise<string> {
  return path.length <= 300 && path.isWellFormed() ? `file:${path}` : `hash:${await shortHash(path)}`;
}
