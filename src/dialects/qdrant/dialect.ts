/** Qdrant's wire: REST as its OpenAPI document of 1.18 describes it, and its gRPC, so that its clients work unmodified. */
import type { Dialect, Reply } from "../../dialect.ts";
import { grpcFailure } from "./grpc/failure.ts";
import { methodsWith } from "./grpc/methods.ts";
import { type Parts, withUsualParts } from "./parts.ts";
import { failed } from "./rest/route.ts";
import { routesWith } from "./rest/routes.ts";

/** @param given default: no models, and snapshots in memory */
export function createQdrantDialect(given: Partial<Parts> = {}): Dialect {
  const parts = withUsualParts(given);
  return { ...wire, routes: routesWith(parts), methods: methodsWith(parts) };
}

const wire: Omit<Dialect, "routes" | "methods"> = {
  name: "qdrant",
  ports: { rest: 6333, grpc: 6334 },
  credentials(header) {
    return header("api-key") ?? header("authorization")?.match(/^Bearer +(.+)$/i)?.[1];
  },
  timeoutMs({ query }) {
    const seconds = Number(query.get("timeout"));
    return seconds >= 1 ? seconds * 1_000 : undefined;
  },
  probe,
  failure: failed,
  grpcFailure,
};

export const qdrantDialect: Dialect = createQdrantDialect();

function probe(path: string, isWell: boolean): Reply {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  if (path !== "/readyz") return { headers, body: `${path.slice(1)} check passed` };
  return isWell
    ? { headers, body: "all shards are ready" }
    : { status: 503, headers, body: "some shards are not ready" };
}
