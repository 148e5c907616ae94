/** Every handler, by the operationId that Qdrant's OpenAPI document has for it. REST's routes and gRPC's methods are made of them. */
import { createCollection } from "./collections/create.ts";
import { deleteCollection } from "./collections/drop.ts";
import { collectionExists, getCollection, listCollections } from "./collections/info.ts";
import type { Handler } from "./handler.ts";
import { countPoints } from "./points/count.ts";
import { deletePoints } from "./points/delete.ts";
import { getPoint, getPoints } from "./points/retrieve.ts";
import { scrollPoints } from "./points/scroll.ts";
import { upsertPoints } from "./points/upsert.ts";
import { queryPoints } from "./query/query.ts";
import { root } from "./service/root.ts";

/** As in the OpenAPI document. */
export type OperationId =
  | "root"
  | "get_collections"
  | "collection_exists"
  | "get_collection"
  | "create_collection"
  | "delete_collection"
  | "upsert_points"
  | "get_point"
  | "get_points"
  | "delete_points"
  | "scroll_points"
  | "count_points"
  | "query_points";

export const handlers: { readonly [id in OperationId]: Handler } = {
  root: root,
  get_collections: listCollections,
  collection_exists: collectionExists,
  get_collection: getCollection,
  create_collection: createCollection,
  delete_collection: deleteCollection,
  upsert_points: upsertPoints,
  get_point: getPoint,
  get_points: getPoints,
  delete_points: deletePoints,
  scroll_points: scrollPoints,
  count_points: countPoints,
  query_points: queryPoints,
};
