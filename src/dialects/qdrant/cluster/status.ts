/** The cluster as its only peer answers for it. */
import { badRequest } from "../errors.ts";
import type { Handler } from "../handler.ts";
import type { JsonObject } from "../requests/shape.ts";
import { qdrantVersion } from "../version.ts";
import { consensusThreadStatus, peerId, peerUri, raftInfo } from "./peer.ts";

export const clusterStatus: Handler<JsonObject> = () => ({
  status: "enabled",
  peer_id: peerId,
  peers: { [peerId]: { uri: peerUri } },
  raft_info: raftInfo,
  consensus_thread_status: consensusThreadStatus(),
  message_send_failures: {},
});

export const clusterTelemetry: Handler<JsonObject> = () => {
  const { term, commit, pending_operations, role, is_voter } = raftInfo;
  const details = {
    version: qdrantVersion,
    role,
    is_voter,
    term,
    commit,
    num_pending_operations: pending_operations,
    consensus_thread_status: consensusThreadStatus(),
  };
  return {
    collections: {},
    cluster: {
      enabled: true,
      number_of_peers: 1,
      peers: { [peerId]: { uri: peerUri, responsive: true, details } },
    },
  };
};

/** There is nothing to recover from: its state is its own. */
export const recoverCurrentPeer: Handler<boolean> = () => true;

export const removePeer: Handler<boolean> = async (store, { peer_id = "" }) => {
  if (peer_id !== String(peerId)) throw badRequest(`Peer ${peer_id} does not exist`);
  if ((await store.list()).length > 0)
    throw badRequest(`Cannot remove peer ${peer_id} as there are shards on it`);
  throw badRequest(`Cannot remove peer ${peer_id}: it is the only one`);
};
