/** A relay in front of a server that breaks connections as faults say. It looks at the first line of each request and at nothing else. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Faults } from "./faults.ts";

export interface Relay {
  port: number;
  stop(): Promise<void>;
}

export async function relayTo(port: number, faults: Faults): Promise<Relay> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      // A broken connection is what this is for.
      socket.on("error", () => {});
    }
    let request = "";
    let answers: Promise<void> = Promise.resolve();
    client.on("data", (piece) => {
      const line = firstLine(piece);
      if (line !== undefined) request = line;
      if (line !== undefined && faults.strike("drop-request", { request }) !== undefined) client.destroy();
      else upstream.write(piece);
    });
    upstream.on("data", (piece) => {
      const asked = request;
      answers = answers.then(() => relay(piece, asked, client, faults));
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => void answers.then(() => client.end()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function relay(piece: Buffer, request: string, client: Socket, faults: Faults): Promise<void> {
  if (client.destroyed) return;
  if (faults.strike("drop-answer", { request }) !== undefined) return void client.destroy();
  const cut = faults.strike("truncate", { request });
  if (cut !== undefined) {
    client.write(piece.subarray(0, cut.bytes), () => client.destroy());
    return;
  }
  const slow = faults.strike("slow", { request });
  if (slow === undefined) return void client.write(piece);
  const step = Math.max(1, Math.round(slow.bytesPerSecond / 20));
  for (let at = 0; at < piece.length && !client.destroyed; at += step) {
    client.write(piece.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Of HTTP/1; frames of HTTP/2 have none, and are struck by what names no request. */
function firstLine(piece: Buffer): string | undefined {
  const text = piece.subarray(0, 4096).toString("latin1");
  return /^([A-Z]+ [^ ]+) HTTP\/1\.[01]\r\n/.exec(text)?.[1];
}
