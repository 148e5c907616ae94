/** Qdrant's gRPC services: what each method takes and answers, and which of the handlers answers it. */
import type { Access, GrpcMethod, Route } from "../../../dialect.ts";
import type { Handler } from "../handler.ts";
import { handlers, type OperationId } from "../handlers.ts";
import type { Parts } from "../parts.ts";
import { type MethodSpec, methodOf } from "./method.ts";
import { recommendation, recommendations } from "./without-limit.ts";

export type Row = readonly [
  method: string,
  operation: OperationId,
  access: Access,
  kind: Route["kind"],
  request: string,
  reply: string,
  answer?: MethodSpec["answer"],
];

/** Where the reply has the result's own members. */
const members: MethodSpec["answer"] = (result: object) => result;
const points: MethodSpec["answer"] = ({ points }: { points: unknown }) => ({ result: points });
const page: MethodSpec["answer"] = (result: { points: unknown; next_page_offset: unknown }) => ({
  result: result.points,
  next_page_offset: result.next_page_offset,
});

const service: readonly Row[] = [
  // Open to all: clients ask it before they show a key.
  ["HealthCheck", "root", "open", "health", "HealthCheckRequest", "HealthCheckReply", members],
];

const changed = "CollectionOperationResponse";
const aliases = "ListAliasesResponse";

const collections: readonly Row[] = [
  ["Get", "get_collection", "read", "read", "GetCollectionInfoRequest", "GetCollectionInfoResponse"],
  ["List", "get_collections", "read", "read", "ListCollectionsRequest", "ListCollectionsResponse", members],
  ["Create", "create_collection", "admin", "admin", "CreateCollection", changed],
  ["Update", "update_collection", "admin", "admin", "UpdateCollection", changed],
  ["Delete", "delete_collection", "admin", "admin", "DeleteCollection", changed],
  [
    "CollectionExists",
    "collection_exists",
    "read",
    "read",
    "CollectionExistsRequest",
    "CollectionExistsResponse",
  ],
  ["UpdateAliases", "update_aliases", "admin", "admin", "ChangeAliases", changed],
  ["ListAliases", "get_collections_aliases", "read", "read", "ListAliasesRequest", aliases, members],
  [
    "ListCollectionAliases",
    "get_collection_aliases",
    "read",
    "read",
    "ListCollectionAliasesRequest",
    aliases,
    members,
  ],
  [
    "CollectionClusterInfo",
    "collection_cluster_info",
    "read",
    "read",
    "CollectionClusterInfoRequest",
    "CollectionClusterInfoResponse",
    members,
  ],
  [
    "UpdateCollectionClusterSetup",
    "update_collection_cluster",
    "admin",
    "admin",
    "UpdateCollectionClusterSetupRequest",
    "UpdateCollectionClusterSetupResponse",
  ],
];

const written = "PointsOperationResponse";

const writes: readonly Row[] = [
  ["Upsert", "upsert_points", "write", "write", "UpsertPoints", written],
  ["Delete", "delete_points", "write", "write", "DeletePoints", written],
  ["UpdateVectors", "update_vectors", "write", "write", "UpdatePointVectors", written],
  ["DeleteVectors", "delete_vectors", "write", "write", "DeletePointVectors", written],
  ["SetPayload", "set_payload", "write", "write", "SetPayloadPoints", written],
  ["OverwritePayload", "overwrite_payload", "write", "write", "SetPayloadPoints", written],
  ["DeletePayload", "delete_payload", "write", "write", "DeletePayloadPoints", written],
  ["ClearPayload", "clear_payload", "write", "write", "ClearPayloadPoints", written],
  ["UpdateBatch", "batch_update", "write", "write", "UpdateBatchPoints", "UpdateBatchResponse"],
  ["CreateFieldIndex", "create_field_index", "admin", "admin", "CreateFieldIndexCollection", written],
  ["DeleteFieldIndex", "delete_field_index", "admin", "admin", "DeleteFieldIndexCollection", written],
  ["CreateVectorName", "create_vector_name", "admin", "admin", "CreateVectorNameRequest", written],
  ["DeleteVectorName", "delete_vector_name", "admin", "admin", "DeleteVectorNameRequest", written],
];

const reads: readonly Row[] = [
  ["Get", "get_points", "read", "read", "GetPoints", "GetResponse"],
  ["Scroll", "scroll_points", "read", "read", "ScrollPoints", "ScrollResponse", page],
  ["Count", "count_points", "read", "read", "CountPoints", "CountResponse"],
  ["Facet", "facet", "read", "read", "FacetCounts", "FacetResponse", members],
];

const searches: readonly Row[] = [
  ["Query", "query_points", "read", "search", "QueryPoints", "QueryResponse", points],
  ["QueryBatch", "query_batch_points", "read", "search", "QueryBatchPoints", "QueryBatchResponse"],
  ["QueryGroups", "query_points_groups", "read", "search", "QueryPointGroups", "QueryGroupsResponse"],
  ["Search", "search_points", "read", "search", "SearchPoints", "SearchResponse"],
  ["SearchBatch", "search_batch_points", "read", "search", "SearchBatchPoints", "SearchBatchResponse"],
  ["SearchGroups", "search_point_groups", "read", "search", "SearchPointGroups", "SearchGroupsResponse"],
  ["Recommend", "recommend_points", "read", "search", "RecommendPoints", "RecommendResponse"],
  [
    "RecommendBatch",
    "recommend_batch_points",
    "read",
    "search",
    "RecommendBatchPoints",
    "RecommendBatchResponse",
  ],
  [
    "RecommendGroups",
    "recommend_point_groups",
    "read",
    "search",
    "RecommendPointGroups",
    "RecommendGroupsResponse",
  ],
  ["Discover", "discover_points", "read", "search", "DiscoverPoints", "DiscoverResponse"],
  [
    "DiscoverBatch",
    "discover_batch_points",
    "read",
    "search",
    "DiscoverBatchPoints",
    "DiscoverBatchResponse",
  ],
  [
    "SearchMatrixPairs",
    "search_matrix_pairs",
    "read",
    "search",
    "SearchMatrixPoints",
    "SearchMatrixPairsResponse",
  ],
  [
    "SearchMatrixOffsets",
    "search_matrix_offsets",
    "read",
    "search",
    "SearchMatrixPoints",
    "SearchMatrixOffsetsResponse",
  ],
];

/** By the names of the services. */
const described = "CreateSnapshotResponse";
const listed = "ListSnapshotsResponse";
const gone = "DeleteSnapshotResponse";
const description: MethodSpec["answer"] = (snapshot: object) => ({ snapshot_description: snapshot });
const descriptions: MethodSpec["answer"] = (snapshots: object) => ({ snapshot_descriptions: snapshots });
const nothing: MethodSpec["answer"] = () => ({});

const snapshots: readonly Row[] = [
  ["Create", "create_snapshot", "admin", "admin", "CreateSnapshotRequest", described, description],
  ["List", "list_snapshots", "read", "read", "ListSnapshotsRequest", listed, descriptions],
  ["Delete", "delete_snapshot", "admin", "admin", "DeleteSnapshotRequest", gone, nothing],
  [
    "CreateFull",
    "create_full_snapshot",
    "admin",
    "admin",
    "CreateFullSnapshotRequest",
    described,
    description,
  ],
  ["ListFull", "list_full_snapshots", "read", "read", "ListFullSnapshotsRequest", listed, descriptions],
  ["DeleteFull", "delete_full_snapshot", "admin", "admin", "DeleteFullSnapshotRequest", gone, nothing],
];

export const services: { readonly [name: string]: readonly Row[] } = {
  Qdrant: service,
  Collections: collections,
  Points: [...writes, ...reads, ...searches],
  Snapshots: snapshots,
};

const answering: { readonly [operation in OperationId]?: Handler } = {
  recommend_points: recommendation(handlers.recommend_points),
  recommend_batch_points: recommendations(handlers.recommend_batch_points),
};

export function methodsWith(parts: Parts): { [name: string]: GrpcMethod } {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, rows]) =>
      rows.map(([method, operation, access, kind, request, reply, answer]) => {
        const handler = answering[operation] ?? handlers[operation];
        const spec = { handler, access, kind, request, reply, ...(answer && { answer }) };
        return [`/qdrant.${name}/${method}`, methodOf(spec, parts)];
      }),
    ),
  );
}
