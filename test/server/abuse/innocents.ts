/**
 * Clients that only want their answers, while others abuse the server: two over REST and one over gRPC, one request after the
 * other on connections that stay open. Every answer is compared.
 */
import { Agent, request } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Client, credentials } from "@grpc/grpc-js";
import { expect } from "vitest";
import type { Hosted } from "../hosted.ts";

export interface Tally {
  right: number;
  wrong: string[];
}

/** Runs the attack with innocents beside it; all of their answers must be right, before, during and after. */
export async function amongInnocents(hosted: Hosted, attack: () => Promise<void>): Promise<Tally> {
  const tally: Tally = { right: 0, wrong: [] };
  let over = false;
  const grpc = new Client(hosted.server.grpcAddresses.trying!, credentials.createInsecure());
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  const clients = [
    ...agents.map((agent) => (n: number) => echoRest(hosted.port, n, agent)),
    (n: number) => echoGrpc(grpc, n),
  ];
  const asking = clients.map(async (ask) => {
    for (let n = 0; !over || n < 3; n++) {
      const answer = await ask(n).catch((error: Error) => error.message);
      if (answer === `[${n},"innocent"]`) tally.right++;
      else tally.wrong.push(String(answer));
    }
  });
  try {
    await attack();
  } finally {
    over = true;
    await Promise.all(asking);
    for (const agent of agents) agent.destroy();
    grpc.close();
  }
  expect(tally.wrong).toEqual([]);
  expect(tally.right).toBeGreaterThanOrEqual(9);
  return tally;
}

function echoRest(port: number, n: number, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, agent, method: "POST", path: "/echo" };
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.once("end", () => resolve(text));
      response.once("error", reject);
    });
    asked.once("error", reject);
    asked.end(`[${n},"innocent"]`);
  });
}

const asIs = (bytes: Buffer): Buffer => bytes;

function echoGrpc(client: Client, n: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const message = Buffer.from(`[${n},"innocent"]`);
    client.makeUnaryRequest("/trying.Trying/Echo", asIs, asIs, message, (error, value) =>
      error === null ? resolve(String(value)) : reject(error),
    );
  });
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What the process holds, after collecting what it does not. */
export function heldMebibytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}
