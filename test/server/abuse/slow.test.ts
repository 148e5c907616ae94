/** Clients that begin and do not go on: with headers, with bodies, with reading answers, with anything at all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "../hosted.ts";
import { connection, eventually, statusOf } from "../raw.ts";
import { amongInnocents, heldMebibytes } from "./innocents.ts";

const connections = 150;
const limits = {
  headerTimeoutMs: 300,
  idleTimeoutMs: 200,
  bodyTimeoutMs: 900,
  keepAliveMs: 400,
  connections,
};

describe("slow and never-ending requests", () => {
  let hosted: Hosted;
  beforeAll(async () => {
    hosted = await startHosted({ limits });
  });
  afterAll(() => hosted.stop());

  const many = (count: number) => Array.from({ length: count }, () => connection(hosted.port));
  /** Sends drop by drop until the connection ends. */
  const drip = (client: ReturnType<typeof connection>, drop: string, everyMs: number) => {
    const timer = setInterval(() => client.send(drop), everyMs);
    void client.ended.then(() => clearInterval(timer));
  };

  it("a connection that says nothing is closed", async () => {
    await amongInnocents(hosted, async () => {
      const answers = await Promise.all(many(50).map(({ ended }) => ended));
      expect(new Set(answers.map(statusOf))).toEqual(new Set([408]));
    });
  });

  it("headers that come drop by drop are ended with 408", async () => {
    await amongInnocents(hosted, async () => {
      const clients = many(50);
      for (const client of clients) {
        client.send("GET /hello/you HTTP/1.1\r\nhost: localhost\r\n");
        drip(client, "x: y\r\n", 30);
      }
      const answers = await Promise.all(clients.map(({ ended }) => ended));
      expect(new Set(answers.map(statusOf))).toEqual(new Set([408]));
    });
  });

  it("a body that stops is ended with 408, and so is one that comes drop by drop for too long", async () => {
    await amongInnocents(hosted, async () => {
      const clients = many(60);
      for (const [i, client] of clients.entries()) {
        client.send("POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n[");
        if (i % 2 === 0) drip(client, " ", 30);
      }
      const answers = await Promise.all(clients.map(({ ended }) => ended));
      expect(new Set(answers.map(statusOf))).toEqual(new Set([408]));
      expect(answers.every((answer) => answer.includes('"deadline_exceeded"'))).toBe(true);
    });
    await eventually(() => hosted.server.gauges.bodyBytes() === 0, "nothing is held");
  });

  it("a connection that is idle after an answer is closed", async () => {
    const brief = await startHosted({ limits: { keepAliveMs: 50 } });
    const client = connection(brief.port);
    client.send("GET /hello/you HTTP/1.1\r\nhost: localhost\r\n\r\n");
    expect(statusOf(await client.ended)).toBe(200);
    await brief.stop();
  });

  it("clients that do not read their answers are cut off, and what waits for them is bounded", async () => {
    const few = await startHosted({ limits: { ...limits, heldBytes: 200 * 2 ** 20 } });
    const before = heldMebibytes();
    await amongInnocents(few, async () => {
      const clients = Array.from({ length: 60 }, () => connection(few.port));
      for (const client of clients) {
        client.socket.pause();
        client.send("GET /large/20000000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
      }
      await eventually(() => few.server.gauges.connections()["trying rest"]! <= 2, "all are cut off");
      for (const { socket } of clients) socket.destroy();
    });
    expect(heldMebibytes() - before).toBeLessThan(100);
    await few.stop();
  });

  it("a stream goes no faster than its client reads, and ends when that stops", async () => {
    await amongInnocents(hosted, async () => {
      const clients = many(20);
      for (const client of clients) {
        client.socket.pause();
        client.send("GET /pieces/1000000000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
      }
      await eventually(() => hosted.server.gauges.connections()["trying rest"]! <= 2, "all are cut off");
      for (const { socket } of clients) socket.destroy();
    });
    expect(hosted.server.gauges.lanes().read.running).toBe(0);
  });

  it("of connections beyond the limit the silent ones are closed first, so that whoever asks gets in", async () => {
    await amongInnocents(hosted, async () => {
      for (let round = 0; round < 3; round++) {
        const silent = many(connections + 100);
        const answers = silent.map(({ ended }) => ended);
        await Promise.race(answers);
        for (let n = 0; n < 10; n++) {
          const newcomer = connection(hosted.port);
          newcomer.send("GET /hello/you HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
          expect(statusOf(await newcomer.ended)).toBe(200);
        }
        for (const { socket } of silent) socket.destroy();
        expect((await Promise.all(answers)).filter((answer) => answer === "").length).toBeGreaterThanOrEqual(
          100,
        );
      }
    });
  });

  it("when all connections are at work a new one is refused, and theirs go on", async () => {
    const few = await startHosted({ limits: { connections: 3 } });
    const working = Array.from({ length: 3 }, () => connection(few.port));
    for (const { send } of working) send("GET /hold/300 HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await eventually(() => few.seen.holding === 3, "all are at work");
    expect(await connection(few.port).ended).toBe("");
    for (const { until } of working) expect(statusOf(await until(/"held"/))).toBe(200);
    // Idle now, so that the one which has been for longest makes room.
    const newcomer = connection(few.port);
    newcomer.send("GET /hello/you HTTP/1.1\r\nhost: localhost\r\n\r\n");
    expect(statusOf(await newcomer.until(/"you"/))).toBe(200);
    expect(few.server.gauges.connections()["trying rest"]).toBe(3);
    await few.stop();
  });

  it("answers to clients that close their half, or vanish, disturb nobody", async () => {
    await amongInnocents(hosted, async () => {
      const clients = many(60);
      for (const [i, client] of clients.entries()) {
        client.send("GET /hold/60000 HTTP/1.1\r\nhost: localhost\r\n\r\n");
        await new Promise((resolve) => setImmediate(resolve));
        if (i % 3 === 0) client.socket.end();
        if (i % 3 === 1) client.socket.destroy();
        if (i % 3 === 2) client.socket.resetAndDestroy();
      }
      await Promise.all(clients.map(({ ended }) => ended));
    });
    await eventually(() => hosted.seen.holding === 0, "every handler noticed");
    expect(hosted.seen.reasons.every((reason) => (reason as { code: string }).code === "cancelled")).toBe(
      true,
    );
  });
});
