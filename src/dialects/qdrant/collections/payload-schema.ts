/** Payload indexes as GET reports them: by key, with their parameters and how many points each holds. */
import type { Filter } from "../../../model/filter.ts";
import type { JsonObject } from "../requests/shape.ts";
import type { Opened } from "./opened.ts";
import { indexesIn } from "./settings.ts";

export async function payloadSchemaOf(
  { collection, settings }: Opened,
  signal: AbortSignal,
): Promise<JsonObject> {
  const entries = Object.entries(indexesIn(collection.schema, settings)).map(async ([key, index]) => {
    const filter: Filter = { not: { field: key, isEmpty: true } };
    const { count } = await collection.count({ filter, signal });
    const told = typeof index === "string" ? { data_type: index } : { data_type: index.type!, params: index };
    return [key, { ...told, points: count }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
