/** Every handler, by the operationId that Qdrant's OpenAPI document has for it. REST's routes and gRPC's methods are made of them. */
import { collectionClusterInfo, updateCollectionCluster } from "./cluster/collection.ts";
import { clusterStatus, clusterTelemetry, recoverCurrentPeer, removePeer } from "./cluster/status.ts";
import { listAliases, listCollectionAliases, updateAliases } from "./collections/aliases.ts";
import { createCollection } from "./collections/create.ts";
import { deleteCollection } from "./collections/drop.ts";
import { collectionExists, getCollection, listCollections } from "./collections/info.ts";
import { getOptimizations } from "./collections/optimizations.ts";
import { createFieldIndex, deleteFieldIndex } from "./collections/payload-index.ts";
import { updateCollection } from "./collections/update.ts";
import { createVectorName, deleteVectorName } from "./collections/vector-name.ts";
import type { Handler } from "./handler.ts";
import { inferring } from "./inference/infer.ts";
import { inBatchUpdate, inQuery, inQueryBatch, inWrite } from "./inference/places.ts";
import { batchUpdate } from "./points/batch.ts";
import { countPoints } from "./points/count.ts";
import { deletePoints } from "./points/delete.ts";
import { writing } from "./points/operation.ts";
import { clearPayload, deletePayload, overwritePayload, setPayload } from "./points/payload.ts";
import { getPoint, getPoints } from "./points/retrieve.ts";
import { scrollPoints } from "./points/scroll.ts";
import { upsert } from "./points/upsert.ts";
import { deleteVectors, updateVectors } from "./points/vectors.ts";
import { facet } from "./query/facet.ts";
import { queryGroups } from "./query/groups.ts";
import { searchMatrixOffsets, searchMatrixPairs } from "./query/matrix.ts";
import {
  discoverBatch,
  discoverPoints,
  recommendBatch,
  recommendGroups,
  recommendPoints,
  searchBatch,
  searchGroups,
  searchPoints,
} from "./query/older.ts";
import { queryBatch, queryPoints } from "./query/query.ts";
import { root } from "./service/root.ts";
import { clearIssues, getIssues, telemetry } from "./service/telemetry.ts";
import { recoverFromLocation, recoverFromUpload } from "./snapshots/recovery.ts";
import {
  createFullSnapshot,
  createSnapshot,
  deleteFullSnapshot,
  deleteSnapshot,
  getFullSnapshot,
  getSnapshot,
  listFullSnapshots,
  listSnapshots,
  streamSnapshot,
} from "./snapshots/snapshots.ts";

/** As in the OpenAPI document. */
export type OperationId =
  | "root"
  | "telemetry"
  | "get_issues"
  | "clear_issues"
  | "cluster_status"
  | "cluster_telemetry"
  | "recover_current_peer"
  | "remove_peer"
  | "get_collections"
  | "get_collection"
  | "create_collection"
  | "update_collection"
  | "delete_collection"
  | "collection_exists"
  | "get_collections_aliases"
  | "get_collection_aliases"
  | "update_aliases"
  | "create_field_index"
  | "delete_field_index"
  | "create_vector_name"
  | "delete_vector_name"
  | "get_optimizations"
  | "collection_cluster_info"
  | "update_collection_cluster"
  | "upsert_points"
  | "delete_points"
  | "update_vectors"
  | "delete_vectors"
  | "set_payload"
  | "overwrite_payload"
  | "delete_payload"
  | "clear_payload"
  | "batch_update"
  | "get_point"
  | "get_points"
  | "scroll_points"
  | "count_points"
  | "facet"
  | "query_points"
  | "query_batch_points"
  | "query_points_groups"
  | "search_points"
  | "search_batch_points"
  | "search_point_groups"
  | "recommend_points"
  | "recommend_batch_points"
  | "recommend_point_groups"
  | "discover_points"
  | "discover_batch_points"
  | "search_matrix_pairs"
  | "search_matrix_offsets"
  | "create_snapshot"
  | "list_snapshots"
  | "delete_snapshot"
  | "get_snapshot"
  | "stream_shard_snapshot"
  | "recover_from_snapshot"
  | "recover_from_uploaded_snapshot"
  | "create_full_snapshot"
  | "list_full_snapshots"
  | "delete_full_snapshot"
  | "get_full_snapshot";

export const handlers: { readonly [id in OperationId]: Handler } = {
  root: root,
  telemetry: telemetry,
  get_issues: getIssues,
  clear_issues: clearIssues,
  cluster_status: clusterStatus,
  cluster_telemetry: clusterTelemetry,
  recover_current_peer: recoverCurrentPeer,
  remove_peer: removePeer,
  get_collections: listCollections,
  get_collection: getCollection,
  create_collection: createCollection,
  update_collection: updateCollection,
  delete_collection: deleteCollection,
  collection_exists: collectionExists,
  get_collections_aliases: listAliases,
  get_collection_aliases: listCollectionAliases,
  update_aliases: updateAliases,
  create_field_index: createFieldIndex,
  delete_field_index: deleteFieldIndex,
  create_vector_name: createVectorName,
  delete_vector_name: deleteVectorName,
  get_optimizations: getOptimizations,
  collection_cluster_info: collectionClusterInfo,
  update_collection_cluster: updateCollectionCluster,
  upsert_points: inferring(inWrite, "document", writing(upsert)),
  delete_points: writing(deletePoints),
  update_vectors: inferring(inWrite, "document", writing(updateVectors)),
  delete_vectors: writing(deleteVectors),
  set_payload: writing(setPayload),
  overwrite_payload: writing(overwritePayload),
  delete_payload: writing(deletePayload),
  clear_payload: writing(clearPayload),
  batch_update: inferring(inBatchUpdate, "document", batchUpdate),
  get_point: getPoint,
  get_points: getPoints,
  scroll_points: scrollPoints,
  count_points: countPoints,
  facet: facet,
  query_points: inferring(inQuery, "query", queryPoints),
  query_batch_points: inferring(inQueryBatch, "query", queryBatch),
  query_points_groups: inferring(inQuery, "query", queryGroups),
  search_points: searchPoints,
  search_batch_points: searchBatch,
  search_point_groups: searchGroups,
  recommend_points: recommendPoints,
  recommend_batch_points: recommendBatch,
  recommend_point_groups: recommendGroups,
  discover_points: discoverPoints,
  discover_batch_points: discoverBatch,
  search_matrix_pairs: searchMatrixPairs,
  search_matrix_offsets: searchMatrixOffsets,
  create_snapshot: createSnapshot,
  list_snapshots: listSnapshots,
  delete_snapshot: deleteSnapshot,
  get_snapshot: getSnapshot,
  stream_shard_snapshot: streamSnapshot,
  recover_from_snapshot: recoverFromLocation,
  recover_from_uploaded_snapshot: recoverFromUpload,
  create_full_snapshot: createFullSnapshot,
  list_full_snapshots: listFullSnapshots,
  delete_full_snapshot: deleteFullSnapshot,
  get_full_snapshot: getFullSnapshot,
};
