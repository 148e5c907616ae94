/**
 * Sessions whose client does not answer are ended: its machine has vanished, or Node has stopped reading after a mistake in the
 * protocol and would not see that the client is gone.
 */
import type { ServerHttp2Session } from "node:http2";

/** Pings each session again and again; one that has not answered until the next time is destroyed. */
export function keepPinging(sessions: Iterable<ServerHttp2Session>, everyMs: number): () => void {
  const silent = new WeakSet<ServerHttp2Session>();
  const ping = (session: ServerHttp2Session): void => {
    if (session.destroyed) return;
    if (silent.has(session)) {
      session.destroy();
      return;
    }
    silent.add(session);
    session.ping((error) => {
      if (error === null) silent.delete(session);
    });
  };
  const timer = setInterval(() => {
    for (const session of sessions) ping(session);
  }, everyMs).unref();
  return () => clearInterval(timer);
}
