/** Payload indexes as GET reports them: by key, with their parameters and how many points each holds. */
import type { Collection } from "../../../store.ts";
import type { JsonObject } from "../requests/shape.ts";
import type { QdrantSettings } from "./settings.ts";

export async function payloadSchemaOf(
  collection: Collection,
  settings: QdrantSettings,
  signal: AbortSignal,
): Promise<JsonObject> {
  const reported: JsonObject = {};
  const keys = new Map(Object.entries(settings.indexes ?? {}));
  for (const [path, { type }] of Object.entries(collection.schema.payload ?? {})) {
    if (!keys.has(path)) keys.set(path, { type });
  }
  for (const [key, { type, ...params }] of keys) {
    const { count } = await collection.count({
      filter: { not: { field: key, isEmpty: true } },
      signal,
    });
    reported[key] = {
      data_type: type!,
      ...(Object.keys(params).length > 0 && { params: { type: type!, ...params } }),
      points: count,
    };
  }
  return reported;
}
