/**
 * Ids that Qdrant has not (strings, negative integers) are kept in payloads. An index over them is made before the first is
 * written: it tells whether there are any, which the order of ids depends on.
 */
import type { Open } from "./collection.ts";
import { reservedName } from "./reserved.ts";

export const keptIdKey: string = `${reservedName}.id`;

export async function ensureForeignIds({ wire, layout }: Open): Promise<void> {
  if (layout.hasForeignIds) return;
  await wire.call(
    "createFieldIndex",
    { collection_name: layout.name, wait: true, field_name: keptIdKey, field_schema: "keyword" },
    { ongoing: { isOngoing: true } },
  );
  layout.hasForeignIds = true;
}
