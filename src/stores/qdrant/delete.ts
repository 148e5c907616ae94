/** Deletions. Qdrant does not tell how many points were there: they are counted just before. */
import type { WriteResult } from "../../model/result.ts";
import type { Open } from "./collection.ts";
import { countWhere } from "./count.ts";
import { wireSelector } from "./selector.ts";
import type { Written } from "./upsert.ts";

export async function deletePoints(
  open: Open,
  selector: unknown,
  signal: AbortSignal | undefined,
): Promise<WriteResult> {
  const { wire, layout } = open;
  const { filter, selected } = wireSelector(selector, layout);
  const asked = { signal, ongoing: { isOngoing: true } } as const;
  const count = await countWhere(open, filter, asked);
  if (count === 0) return { lsn: wire.lastLsn(layout.name), count };
  const { operation_id } = await wire.call<Written>(
    "deletePoints",
    { collection_name: layout.name, wait: true, ...selected },
    asked,
  );
  return { lsn: wire.seenLsn(layout.name, operation_id), count };
}
