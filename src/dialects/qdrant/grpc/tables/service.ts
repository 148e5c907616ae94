/** The server itself, and snapshots. Numbers as Qdrant's gRPC has them, names as its REST has (see ../messages.ts). */
import type { Tables } from "../../../../protobuf/table.ts";

export const service: Tables = {
  messages: {
    HealthCheckRequest: {},
    HealthCheckReply: { title: "1 string", version: "2 string", commit: "3 optional string" },
    CreateFullSnapshotRequest: {},
    ListFullSnapshotsRequest: {},
    DeleteFullSnapshotRequest: { snapshot_name: "1 string" },
    CreateSnapshotRequest: { collection_name: "1 string" },
    ListSnapshotsRequest: { collection_name: "1 string" },
    DeleteSnapshotRequest: { collection_name: "1 string", snapshot_name: "2 string" },
    SnapshotDescription: {
      name: "1 string",
      creation_time: "2 Timestamp",
      size: "3 int64",
      checksum: "4 optional string",
    },
    CreateSnapshotResponse: { snapshot_description: "1 SnapshotDescription", time: "2 double" },
    ListSnapshotsResponse: { snapshot_descriptions: "1 repeated SnapshotDescription", time: "2 double" },
    DeleteSnapshotResponse: { time: "1 double" },
  },
};
