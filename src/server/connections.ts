/**
 * The connections of one listener. When there are as many as may be, a new one takes the place of one that never asked for
 * anything, or else of the one that has been idle for longest: whoever opens connections and keeps silent does not lock others
 * out. Only where all are at work is the new one refused.
 */
import type { Server, Socket } from "node:net";

/** A socket, or an HTTP/2 session. */
export interface Connection {
  destroy(): unknown;
  once(event: "close", listener: () => void): unknown;
}

export class Connections<C extends Connection> {
  readonly #most: number;
  /** With requests under way on each. */
  readonly #open = new Map<C, number>();
  /** Both in the order in which they became so. */
  readonly #silent = new Set<C>();
  readonly #idle = new Set<C>();
  /** Also those whose TLS handshake is not done. */
  readonly #sockets = new Set<Socket>();

  constructor(server: Server, most: number) {
    this.#most = most;
    // Handshakes need room, too.
    server.maxConnections = 2 * most;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get count(): number {
    return this.#open.size;
  }

  add(connection: C): void {
    if (this.#open.size >= this.#most) {
      const [victim] = this.#silent.size > 0 ? this.#silent : this.#idle;
      if (victim === undefined) {
        connection.destroy();
        return;
      }
      this.#forget(victim);
      victim.destroy();
    }
    this.#open.set(connection, 0);
    this.#silent.add(connection);
    connection.once("close", () => this.#forget(connection));
  }

  /** A request has begun on it: the number of those that now run there. */
  begin(connection: C): number {
    const running = (this.#open.get(connection) ?? 0) + 1;
    this.#silent.delete(connection);
    this.#idle.delete(connection);
    if (this.#open.has(connection)) this.#open.set(connection, running);
    return running;
  }

  /** A request on it has ended. */
  end(connection: C): void {
    const running = this.#open.get(connection);
    if (running === undefined) return;
    this.#open.set(connection, running - 1);
    if (running === 1) this.#idle.add(connection);
  }

  destroyAll(): void {
    for (const connection of this.#open.keys()) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #forget(connection: C): void {
    this.#open.delete(connection);
    this.#silent.delete(connection);
    this.#idle.delete(connection);
  }
}
