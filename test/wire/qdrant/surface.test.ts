/** Every path of Qdrant's OpenAPI document, as the official client carries it in its types, is served, or named here. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { qdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { handlers } from "../../../src/dialects/qdrant/handlers.ts";

const types = readFileSync(
  new URL(
    "../../../node_modules/@qdrant/js-client-rest/dist/types/openapi/generated_schema.d.ts",
    import.meta.url,
  ),
  "utf8",
);

/** Answered by the server beside all dialects. */
const ofTheHost = ["get /metrics", "get /healthz", "get /livez", "get /readyz"];
/** To come. */
const missing = [/\/shards$/, /\/shards\/delete$/];

/** "get /collections/{}/points/{}" to its operationId. */
function documented(): Map<string, string> {
  const paths = types.slice(types.indexOf("export interface paths"), types.indexOf("export type webhooks"));
  const found = new Map<string, string>();
  let path = "";
  for (const line of paths.split("\n")) {
    path = /^ {4}"(\/.*)": \{/.exec(line)?.[1] ?? path;
    const operation = /^ {8}(get|put|post|patch|delete): operations\["(\w+)"\]/.exec(line);
    if (operation !== null) found.set(`${operation[1]} ${path}`, operation[2]!);
  }
  return found;
}

it("every documented path has a route, and every operation a handler of its name", () => {
  const routes = new Set(
    qdrantDialect.routes.map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:\w+/g, "{}")}`),
  );
  const served = [...documented()].filter(
    ([place]) => !ofTheHost.includes(place) && !missing.some((pattern) => pattern.test(place)),
  );
  expect(served.length).toBeGreaterThan(40);
  const shape = (place: string): string => place.replace(/\{\w+\}/g, "{}");
  expect(served.filter(([place]) => !routes.has(shape(place))).map(([place]) => place)).toEqual([]);
  // A shard is asked for what its collection is: one handler answers both.
  const operation = (id: string): string => (Object.hasOwn(handlers, id) ? id : id.replace("_shard", ""));
  expect(served.filter(([, id]) => !Object.hasOwn(handlers, operation(id))).map(([, id]) => id)).toEqual([]);
});
