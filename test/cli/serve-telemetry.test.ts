/** `franca serve` as a process: what it says of itself from its start to its end, and the metrics that it shows. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { root } from "../rules/sources.ts";

interface Line {
  event: string;
  [field: string]: unknown;
}

/** Starts a server, lets `act` use it, stops it by a signal; what it logged. */
async function logOf(flags: string[], act: (address: string) => Promise<void>): Promise<Line[]> {
  const server = spawn(
    process.execPath,
    [join(root, "dist/cli/main.js"), "serve", "--db", ":memory:", "--franca-port", "0", ...flags],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise<number | null>((resolve) => server.once("exit", resolve));
  const lines: Line[] = [];
  const reader = createInterface({ input: server.stderr });
  const started = new Promise<string>((resolve, reject) => {
    reader.on("line", (text) => {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      if (line.event === "started") resolve((line.addresses as { franca: string }).franca);
    });
    ended.then((code) => reject(new Error(`it ended with ${code}: ${JSON.stringify(lines)}`)));
  });
  const read = new Promise((resolve) => reader.once("close", resolve));
  try {
    await act(await started);
  } finally {
    server.kill("SIGTERM");
  }
  expect(await ended).toBe(0);
  await read;
  return lines;
}

describe("franca serve", () => {
  it("logs its start, its end and why, and shows metrics to whoever has their key", async () => {
    const lines = await logOf(
      ["--metrics-key", "sesame-sesame-sesame", "--log-requests", "info"],
      async (address) => {
        const page = await fetch(`${address}/metrics`, {
          headers: { authorization: "Bearer sesame-sesame-sesame" },
        });
        expect(await page.text()).toContain("franca_ready 1\n");
        expect((await fetch(`${address}/metrics`)).status).toBe(401);
        expect((await fetch(`${address}/franca/v1/collections`)).status).toBe(200);
      },
    );
    const told = lines.map(({ event, status }) => (status === undefined ? event : `${event} ${status}`));
    expect([told[0], told.at(-1)]).toEqual(["started", "stopped"]);
    // A request is told when its answer was handed over, which may be after its client has moved on.
    expect(told.slice(1, -1).sort()).toEqual(["request 200", "request 401", "stopping"]);
    expect(lines.find(({ event }) => event === "stopping")).toMatchObject({ reason: "SIGTERM" });
    expect(JSON.stringify(lines)).not.toContain("sesame-sesame-sesame");
  });
});
