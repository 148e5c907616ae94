/** What there is, for those who watch it; Franca's own figures are at /metrics. */
import { configOf } from "../collections/info.ts";
import type { Handler } from "../handler.ts";
import type { JsonObject } from "../requests/shape.ts";
import { qdrantVersion } from "../version.ts";

const startup = new Date().toISOString();
const id = "00000000-0000-4000-8000-000000000000";

export const telemetry: Handler<JsonObject> = async (store, { details_level: level = 0 }) => {
  const names = await store.list();
  const described =
    level < 1 ? undefined : await Promise.all(names.map(async (name) => await store.describe(name)));
  return {
    id,
    app: { name: "qdrant", version: qdrantVersion, startup },
    collections: {
      number_of_collections: names.length,
      ...(described && {
        collections: described.map(({ name, schema }) => ({ id: name, config: configOf(schema) })),
      }),
    },
    cluster: { enabled: true },
  };
};

/** None are kept: what is slow is in the server's log. */
export const getIssues: Handler<JsonObject> = () => ({ issues: [] });
export const clearIssues: Handler<boolean> = () => true;
