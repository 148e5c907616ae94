/** The table of REST routes. */
import type { JsonShape, Route } from "../../../dialect.ts";
import { handlers } from "../handlers.ts";
import { type RestRoute, routeOf } from "./route.ts";

const noVectors: JsonShape = { vectors: [] };
const pointVectors: JsonShape = {
  vectors: ["vector", "vectors"],
  except: ["payload", "payloads", "indices", "filter", "update_filter"],
};
const queryVectors: JsonShape = {
  vectors: ["query", "vector", "target"],
  // Lists of ids stand beside vectors there.
  except: ["positive", "negative", "indices", "filter", "formula", "defaults"],
};

const collection = "/collections/:collection";

const table: readonly RestRoute[] = [
  { method: "GET", path: "/collections", access: "read", kind: "read", handler: handlers.get_collections },
  { method: "GET", path: collection, access: "read", kind: "read", handler: handlers.get_collection },
  {
    method: "GET",
    path: `${collection}/exists`,
    access: "read",
    kind: "read",
    handler: handlers.collection_exists,
  },
  {
    method: "PUT",
    path: collection,
    access: "admin",
    kind: "admin",
    handler: handlers.create_collection,
    body: noVectors,
  },
  { method: "DELETE", path: collection, access: "admin", kind: "admin", handler: handlers.delete_collection },
  {
    method: "PUT",
    path: `${collection}/points`,
    access: "write",
    kind: "write",
    handler: handlers.upsert_points,
    body: pointVectors,
  },
  {
    method: "POST",
    path: `${collection}/points`,
    access: "read",
    kind: "read",
    handler: handlers.get_points,
    body: noVectors,
  },
  {
    method: "GET",
    path: `${collection}/points/:id`,
    access: "read",
    kind: "read",
    handler: handlers.get_point,
  },
  {
    method: "POST",
    path: `${collection}/points/delete`,
    access: "write",
    kind: "write",
    handler: handlers.delete_points,
    body: noVectors,
  },
  {
    method: "POST",
    path: `${collection}/points/scroll`,
    access: "read",
    kind: "read",
    handler: handlers.scroll_points,
    body: noVectors,
  },
  {
    method: "POST",
    path: `${collection}/points/count`,
    access: "read",
    kind: "read",
    handler: handlers.count_points,
    body: noVectors,
  },
  {
    method: "POST",
    path: `${collection}/points/query`,
    access: "read",
    kind: "search",
    handler: handlers.query_points,
    body: queryVectors,
  },
];

export const routes: readonly Route[] = [
  routeOf({
    method: "GET",
    path: "/",
    access: "open",
    kind: "health",
    handler: handlers.root,
    answer: (result) => ({ body: JSON.stringify(result) }),
  }),
  ...table.map(routeOf),
];
