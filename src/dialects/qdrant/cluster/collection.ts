/** Shards of a collection: all of its points lie in the first, on the only peer. */
import { opened } from "../collections/opened.ts";
import { badRequest, formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { type JsonObject, objectAt } from "../requests/shape.ts";
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

/** Operations between peers, by what each names: all need another peer. */
const betweenPeers = ["move_shard", "replicate_shard", "abort_transfer", "restart_transfer"] as const;

export const updateCollectionCluster: Handler<boolean> = async (store, params, given) => {
  const request = objectAt(given, "");
  const { settings } = await opened(store, params);
  const shards = (settings.params?.shard_number as number | undefined) ?? 1;
  for (const name of betweenPeers) {
    if (request[name] === undefined) continue;
    const { shard_id, from_peer_id, to_peer_id } = objectAt(request[name], name);
    expectShard(shard_id, shards);
    for (const peer of [from_peer_id, to_peer_id]) expectPeer(peer);
    throw badRequest("Source and target peers of a transfer must be different");
  }
  if (request.drop_replica !== undefined) {
    const { shard_id, peer_id } = objectAt(request.drop_replica, "drop_replica");
    expectShard(shard_id, shards);
    expectPeer(peer_id);
    throw badRequest(`Shard ${shard_id} must have at least one replica`);
  }
  if (request.start_resharding !== undefined || request.abort_resharding !== undefined)
    throw badRequest("resharding needs more than one peer");
  throw formatError("data did not match any variant of untagged enum ClusterOperations");
};

function expectPeer(peer: unknown): void {
  if (peer !== undefined && Number(peer) !== peerId) throw badRequest(`Peer ${peer} does not exist`);
}

function expectShard(shard: unknown, shards: number): void {
  if (typeof shard !== "number" || shard >= shards) throw badRequest(`Shard ${shard} does not exist`);
}
