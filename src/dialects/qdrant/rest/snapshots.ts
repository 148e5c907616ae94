/** Routes of snapshots: files are sent as they are, uploads come as forms, and what need not be waited for is accepted. */
import type { DialectRequest, Reply } from "../../../dialect.ts";
import { formatError } from "../errors.ts";
import { handlers } from "../handlers.ts";
import type { Upload } from "../snapshots/recovery.ts";
import type { SnapshotFile } from "../snapshots/snapshots.ts";
import type { RestRoute } from "./route.ts";

const collection = "/collections/:collection/snapshots";
const shard = "/collections/:collection/shards/:shard_id/snapshots";
const json = { vectors: [] };

const admin = { access: "admin", kind: "admin" } as const;
const read = { access: "read", kind: "read" } as const;

/** Of a collection, and of its shard. */
function routesAt(path: string): RestRoute[] {
  return [
    { method: "GET", path, ...read, handler: handlers.list_snapshots },
    { method: "POST", path, ...admin, handler: handlers.create_snapshot, mayNotWait: true },
    { method: "GET", path: `${path}/:snapshot_name`, ...admin, handler: handlers.get_snapshot, answer: sent },
    {
      method: "DELETE",
      path: `${path}/:snapshot_name`,
      ...admin,
      handler: handlers.delete_snapshot,
      mayNotWait: true,
    },
    {
      method: "PUT",
      path: `${path}/recover`,
      ...admin,
      handler: handlers.recover_from_snapshot,
      body: json,
      mayNotWait: true,
    },
    {
      method: "POST",
      path: `${path}/upload`,
      ...admin,
      handler: handlers.recover_from_uploaded_snapshot,
      readBody: uploaded,
      mayNotWait: true,
    },
  ];
}

export const snapshotRoutes: readonly RestRoute[] = [
  ...routesAt(collection),
  ...routesAt(shard),
  {
    method: "GET",
    path: "/collections/:collection/shards/:shard_id/snapshot",
    ...admin,
    handler: handlers.stream_shard_snapshot,
    answer: sent,
  },
  { method: "GET", path: "/snapshots", ...read, handler: handlers.list_full_snapshots },
  { method: "POST", path: "/snapshots", ...admin, handler: handlers.create_full_snapshot, mayNotWait: true },
  {
    method: "GET",
    path: "/snapshots/:snapshot_name",
    ...admin,
    handler: handlers.get_full_snapshot,
    answer: sent,
  },
  {
    method: "DELETE",
    path: "/snapshots/:snapshot_name",
    ...admin,
    handler: handlers.delete_full_snapshot,
    mayNotWait: true,
  },
];

function sent(result: unknown): Reply {
  const { name, bytes } = result as SnapshotFile;
  return {
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${encodeURIComponent(name)}"`,
    },
    body: bytes,
  };
}

/** The part "snapshot" of a form. */
async function uploaded({ body, header, query }: DialectRequest): Promise<Upload> {
  const type = header("content-type") ?? "";
  if (!/^multipart\/form-data\b/i.test(type))
    throw formatError("Content type error: expected multipart/form-data", "multipart form");
  let file: FormDataEntryValue | null;
  try {
    const bytes = (await body.bytes()) as Uint8Array<ArrayBuffer>;
    file = (await new Response(bytes, { headers: { "content-type": type } }).formData()).get("snapshot");
  } catch (error) {
    if (error instanceof TypeError) throw formatError(error.message, "multipart form");
    throw error;
  }
  if (file === null || typeof file === "string")
    throw formatError("Field is missing: snapshot", "multipart form");
  return { bytes: new Uint8Array(await file.arrayBuffer()), checksum: query.get("checksum") ?? undefined };
}
