/** Payload indexes as GET reports them: by key, with their parameters and how many points each holds. */
import type { Filter } from "../../../model/filter.ts";
import type { JsonObject } from "../requests/shape.ts";
import type { Opened } from "./opened.ts";
import { indexesIn } from "./settings.ts";

export async function payloadSchemaOf(
  { collection, settings }: Opened,
  signal: AbortSignal,
): Promise<JsonObject> {
  const entries = Object.entries(indexesIn(collection.schema, settings)).map(
    async ([key, { type, ...params }]) => {
      const filter: Filter = { not: { field: key, isEmpty: true } };
      const { count } = await collection.count({ filter, signal });
      const hasParams = Object.keys(params).length > 0;
      return [
        key,
        { data_type: type!, ...(hasParams && { params: { type: type!, ...params } }), points: count },
      ];
    },
  );
  return Object.fromEntries(await Promise.all(entries));
}
