/** A client that sends bytes, whatever they are, and reads what comes back until the connection ends. */
import { connect, type Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";

export interface Connection {
  socket: Socket;
  /** Everything that came so far. */
  readonly text: string;
  /** Resolves with everything that came, when the server ended the connection. */
  ended: Promise<string>;
  send(bytes: string | Uint8Array): void;
  /** Until what came fits. */
  until(pattern: RegExp): Promise<string>;
}

export function connection(port: number): Connection {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: false });
  let text = "";
  socket.setEncoding("latin1");
  const ended = new Promise<string>((resolve) => {
    socket.on("data", (piece: string) => {
      text += piece;
    });
    // A reset ends a connection, too; what came before counts.
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
  return {
    socket,
    ended,
    get text() {
      return text;
    },
    send: (bytes) => void socket.write(bytes),
    async until(pattern) {
      while (!pattern.test(text) && !socket.destroyed) await after(2);
      if (!pattern.test(text))
        throw new Error(`the connection ended before ${pattern}: ${JSON.stringify(text)}`);
      return text;
    },
  };
}

/** Sends bytes, closes its half if asked to, and gives what came back when the server has closed the connection. */
export function exchange(
  port: number,
  bytes: string | Uint8Array,
  { half = false }: { half?: boolean } = {},
): Promise<string> {
  const { send, socket, ended } = connection(port);
  send(bytes);
  if (half) socket.end();
  return ended;
}

/** "HTTP/1.1 404 Not Found…" → 404 */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? Number.NaN);
}

export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 2_000) throw new Error(`never happened: ${what}`);
    await after(5);
  }
}
