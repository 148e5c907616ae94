/**
 * The operations of Qdrant's that this store uses, by their names in the official client, with what is known of them: where
 * they lie, and whether a second try could do harm.
 */

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{name}` for what the payload has under that name. */
  readonly path: string;
  /** What of the payload stands behind the `?`; all of it, for GET. */
  readonly query: readonly string[];
  /**
   * "read": changes nothing. "same": done twice it is as done once. "once": a second try would answer something else.
   */
  readonly kind: "read" | "same" | "once";
}

export type OperationName =
  | "getCollections"
  | "getCollection"
  | "createCollection"
  | "updateCollection"
  | "deleteCollection"
  | "createVectorName"
  | "deleteVectorName"
  | "createFieldIndex"
  | "deleteFieldIndex"
  | "getCollectionsAliases"
  | "updateAliases"
  | "upsertPoints"
  | "getPoints"
  | "deletePoints"
  | "batchUpdate"
  | "scrollPoints"
  | "countPoints"
  | "facet"
  | "queryPoints"
  | "queryBatchPoints";

const collections = "/collections/{collection_name}";
const points = `${collections}/points`;
const waited = ["wait", "ordering", "timeout"];
const timed = ["consistency", "timeout"];

export const operations: { readonly [name in OperationName]: Operation } = {
  getCollections: { method: "GET", path: "/collections", query: [], kind: "read" },
  getCollection: { method: "GET", path: collections, query: [], kind: "read" },
  createCollection: { method: "PUT", path: collections, query: ["timeout"], kind: "once" },
  updateCollection: { method: "PATCH", path: collections, query: ["timeout"], kind: "same" },
  deleteCollection: { method: "DELETE", path: collections, query: ["timeout"], kind: "once" },
  createVectorName: {
    method: "PUT",
    path: `${collections}/vectors/{vector_name}`,
    query: waited,
    kind: "once",
  },
  deleteVectorName: {
    method: "DELETE",
    path: `${collections}/vectors/{vector_name}`,
    query: waited,
    kind: "once",
  },
  createFieldIndex: { method: "PUT", path: `${collections}/index`, query: waited, kind: "same" },
  deleteFieldIndex: {
    method: "DELETE",
    path: `${collections}/index/{field_name}`,
    query: waited,
    kind: "same",
  },
  getCollectionsAliases: { method: "GET", path: "/aliases", query: [], kind: "read" },
  updateAliases: { method: "POST", path: "/collections/aliases", query: ["timeout"], kind: "once" },
  upsertPoints: { method: "PUT", path: points, query: waited, kind: "same" },
  getPoints: { method: "POST", path: points, query: timed, kind: "read" },
  deletePoints: { method: "POST", path: `${points}/delete`, query: waited, kind: "same" },
  batchUpdate: { method: "POST", path: `${points}/batch`, query: waited, kind: "same" },
  scrollPoints: { method: "POST", path: `${points}/scroll`, query: timed, kind: "read" },
  countPoints: { method: "POST", path: `${points}/count`, query: timed, kind: "read" },
  facet: { method: "POST", path: `${collections}/facet`, query: timed, kind: "read" },
  queryPoints: { method: "POST", path: `${points}/query`, query: timed, kind: "read" },
  queryBatchPoints: { method: "POST", path: `${points}/query/batch`, query: timed, kind: "read" },
};
