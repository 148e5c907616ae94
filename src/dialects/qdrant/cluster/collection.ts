/** Shards of a collection: all of its points lie in the first, on the only peer. */
import { opened } from "../collections/opened.ts";
import { badRequest, formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { type JsonObject, json, object, optional, unsigned } from "../requests/shape.ts";
import { peerId } from "./peer.ts";

export const collectionClusterInfo: Handler<JsonObject> = async (store, params) => {
  const { collection, settings } = await opened(store, params);
  const { points } = await collection.stats();
  const shards = (settings.params?.shard_number as number | undefined) ?? 1;
  return {
    peer_id: peerId,
    shard_count: shards,
    local_shards: Array.from({ length: shards }, (_, shard_id) => ({
      shard_id,
      points_count: shard_id === 0 ? points : 0,
      state: "Active",
    })),
    remote_shards: [],
    shard_transfers: [],
  };
};

const transfer = object({ shard_id: unsigned(), from_peer_id: unsigned(), to_peer_id: unsigned() });
const operation = object({
  move_shard: optional(transfer),
  replicate_shard: optional(transfer),
  abort_transfer: optional(transfer),
  restart_transfer: optional(transfer),
  drop_replica: optional(object({ shard_id: unsigned(), peer_id: unsigned() })),
  start_resharding: optional(json),
  abort_resharding: optional(json),
});

/** What is done between peers needs another one. */
export const updateCollectionCluster: Handler<boolean> = async (store, params, given) => {
  const request = operation(given, "");
  const { settings } = await opened(store, params);
  const shards = (settings.params?.shard_number as number | undefined) ?? 1;
  const { move_shard, replicate_shard, abort_transfer, restart_transfer, drop_replica } = request;
  const moved = move_shard ?? replicate_shard ?? abort_transfer ?? restart_transfer;
  if (moved !== undefined) {
    expectShard(moved.shard_id, shards);
    expectPeer(moved.to_peer_id);
    expectPeer(moved.from_peer_id);
    throw badRequest("Source and target peers of a transfer must be different");
  }
  if (drop_replica !== undefined) {
    expectShard(drop_replica.shard_id, shards);
    expectPeer(drop_replica.peer_id);
    throw badRequest(`Shard ${drop_replica.shard_id} must have at least one replica`);
  }
  if (request.start_resharding !== undefined || request.abort_resharding !== undefined)
    throw badRequest("resharding needs more than one peer");
  throw formatError("data did not match any variant of untagged enum ClusterOperations");
};

function expectPeer(peer: number): void {
  if (peer !== peerId) throw badRequest(`Peer ${peer} does not exist`);
}

function expectShard(shard: number, shards: number): void {
  if (shard >= shards) throw badRequest(`Shard ${shard} does not exist`);
}
