/** The one peer that there is. */
export const peerId = 1;
export const peerUri = "http://127.0.0.1:6335/";

export const raftInfo: {
  term: number;
  commit: number;
  pending_operations: number;
  leader: number;
  role: string;
  is_voter: boolean;
} = {
  term: 1,
  commit: 1,
  pending_operations: 0,
  leader: peerId,
  role: "Leader",
  is_voter: true,
};

export function consensusThreadStatus(): { consensus_thread_status: "working"; last_update: string } {
  return { consensus_thread_status: "working", last_update: new Date().toISOString() };
}
