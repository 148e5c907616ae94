/** The sockets of one listener: counted, and ended when it stops. */
import type { Server, Socket } from "node:net";

export class Connections {
  readonly #open = new Set<Socket>();

  constructor(server: Server, most: number) {
    // What is beyond is closed at once.
    server.maxConnections = most;
    server.on("connection", (socket: Socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  get count(): number {
    return this.#open.size;
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
