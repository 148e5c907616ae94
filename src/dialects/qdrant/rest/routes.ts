/** The table of REST routes: what each is, and which of Qdrant's operations answers it. */
import type { Access, JsonShape, Route } from "../../../dialect.ts";
import { handlers, type OperationId } from "../handlers.ts";
import type { Parts } from "../parts.ts";
import { type RestRoute, routeOf } from "./route.ts";
import { snapshotRoutes } from "./snapshots.ts";

type Row = readonly [
  method: Route["method"],
  path: string,
  operation: OperationId,
  access: Access,
  kind: Route["kind"],
  /** Absent: there is no body. */
  body?: JsonShape,
];

const plain: JsonShape = { vectors: [] };
/** Where points are written. */
const points: JsonShape = {
  vectors: ["vector", "vectors"],
  except: ["payload", "payloads", "indices", "filter", "update_filter", "delete_vectors"],
};
/** Where points are sought: lists of ids stand beside vectors in `positive` and `negative`. */
const query: JsonShape = {
  vectors: ["query", "vector", "target"],
  except: ["positive", "negative", "indices", "filter", "formula", "defaults", "with_vector"],
};

const c = "/collections/:collection";

const service: readonly Row[] = [
  ["GET", "/telemetry", "telemetry", "read", "read"],
  ["GET", "/issues", "get_issues", "read", "read"],
  ["DELETE", "/issues", "clear_issues", "admin", "admin"],
  ["GET", "/cluster", "cluster_status", "read", "read"],
  ["GET", "/cluster/telemetry", "cluster_telemetry", "read", "read"],
  ["POST", "/cluster/recover", "recover_current_peer", "admin", "admin", plain],
  ["DELETE", "/cluster/peer/:peer_id", "remove_peer", "admin", "admin"],
];

const collections: readonly Row[] = [
  ["GET", "/collections", "get_collections", "read", "read"],
  ["GET", c, "get_collection", "read", "read"],
  ["PUT", c, "create_collection", "admin", "admin", plain],
  ["PATCH", c, "update_collection", "admin", "admin", plain],
  ["DELETE", c, "delete_collection", "admin", "admin"],
  ["GET", `${c}/exists`, "collection_exists", "read", "read"],
  ["GET", "/aliases", "get_collections_aliases", "read", "read"],
  ["GET", `${c}/aliases`, "get_collection_aliases", "read", "read"],
  ["POST", "/collections/aliases", "update_aliases", "admin", "admin", plain],
  ["PUT", `${c}/index`, "create_field_index", "admin", "admin", plain],
  ["DELETE", `${c}/index/:field_name`, "delete_field_index", "admin", "admin"],
  ["PUT", `${c}/vectors/:vector_name`, "create_vector_name", "admin", "admin", plain],
  ["DELETE", `${c}/vectors/:vector_name`, "delete_vector_name", "admin", "admin"],
  ["GET", `${c}/optimizations`, "get_optimizations", "read", "read"],
  ["GET", `${c}/cluster`, "collection_cluster_info", "read", "read"],
  ["POST", `${c}/cluster`, "update_collection_cluster", "admin", "admin", plain],
];

const writes: readonly Row[] = [
  ["PUT", `${c}/points`, "upsert_points", "write", "write", points],
  ["POST", `${c}/points/delete`, "delete_points", "write", "write", plain],
  ["PUT", `${c}/points/vectors`, "update_vectors", "write", "write", points],
  ["POST", `${c}/points/vectors/delete`, "delete_vectors", "write", "write", plain],
  ["POST", `${c}/points/payload`, "set_payload", "write", "write", plain],
  ["PUT", `${c}/points/payload`, "overwrite_payload", "write", "write", plain],
  ["POST", `${c}/points/payload/delete`, "delete_payload", "write", "write", plain],
  ["POST", `${c}/points/payload/clear`, "clear_payload", "write", "write", plain],
  ["POST", `${c}/points/batch`, "batch_update", "write", "write", points],
];

const reads: readonly Row[] = [
  ["GET", `${c}/points/:id`, "get_point", "read", "read"],
  ["POST", `${c}/points`, "get_points", "read", "read", plain],
  ["POST", `${c}/points/scroll`, "scroll_points", "read", "read", plain],
  ["POST", `${c}/points/count`, "count_points", "read", "read", plain],
  ["POST", `${c}/facet`, "facet", "read", "read", plain],
];

const searches: readonly Row[] = [
  ["POST", `${c}/points/query`, "query_points", "read", "search", query],
  ["POST", `${c}/points/query/batch`, "query_batch_points", "read", "search", query],
  ["POST", `${c}/points/query/groups`, "query_points_groups", "read", "search", query],
  ["POST", `${c}/points/search`, "search_points", "read", "search", query],
  ["POST", `${c}/points/search/batch`, "search_batch_points", "read", "search", query],
  ["POST", `${c}/points/search/groups`, "search_point_groups", "read", "search", query],
  ["POST", `${c}/points/recommend`, "recommend_points", "read", "search", query],
  ["POST", `${c}/points/recommend/batch`, "recommend_batch_points", "read", "search", query],
  ["POST", `${c}/points/recommend/groups`, "recommend_point_groups", "read", "search", query],
  ["POST", `${c}/points/discover`, "discover_points", "read", "search", query],
  ["POST", `${c}/points/discover/batch`, "discover_batch_points", "read", "search", query],
  ["POST", `${c}/points/search/matrix/pairs`, "search_matrix_pairs", "read", "search", plain],
  ["POST", `${c}/points/search/matrix/offsets`, "search_matrix_offsets", "read", "search", plain],
];

export function routesWith(parts: Parts): Route[] {
  const specs: RestRoute[] = [
    // Bare, and open to all: clients ask it before they show a key.
    {
      method: "GET",
      path: "/",
      access: "open",
      kind: "health",
      handler: handlers.root,
      answer: (result) => ({ body: JSON.stringify(result) }),
    },
    ...[...service, ...collections, ...writes, ...reads, ...searches].map(
      ([method, path, operation, access, kind, body]): RestRoute => ({
        method,
        path,
        access,
        kind,
        handler: handlers[operation],
        ...(body && { body }),
      }),
    ),
    ...snapshotRoutes,
  ];
  return specs.map((spec) => routeOf(spec, parts));
}
