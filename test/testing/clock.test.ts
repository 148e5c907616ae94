/** The frozen clock of a test's server: what goes by it stands still until it is moved. */
import { afterEach, describe, expect, it } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { startServer, type TestServer, type TestServerOptions } from "../../src/testing/testing.ts";
import { eventually } from "../server/raw.ts";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function frozen(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  ends.push(() => server.stop());
  await server.store.create("points", { vectors: { v: { dimension: 2 } } });
  server.clock.freeze(new Date("2030-01-01T00:00:00Z"));
  return server;
}

const count = (server: TestServer, headers: { [name: string]: string } = {}) =>
  fetch(`${server.url}/franca/v1/collections/points/points/count`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: "{}",
  });
const shown = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe("a server whose clock stands still", () => {
  it("lets a key in until the very moment that it expires", async () => {
    const server = await frozen({
      keys: [{ name: "app", secret: "open sesame", role: "read", expires: "2030-01-01T00:01:00Z" }],
    });
    expect((await count(server, shown("open sesame"))).status).toBe(200);
    server.clock.advance(59_999);
    expect((await count(server, shown("open sesame"))).status).toBe(200);
    server.clock.advance(1);
    expect((await count(server, shown("open sesame"))).status).toBe(401);
  });

  it("gives a key its next request when its time has come, and not before", async () => {
    const server = await frozen({
      keys: [{ name: "app", secret: "open sesame", role: "read", requestsPerSecond: 0.1, burst: 2 }],
    });
    const ask = async () => (await count(server, shown("open sesame"))).status;
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
    server.clock.advance(9_999);
    expect(await ask()).toBe(429);
    server.clock.advance(1);
    expect([await ask(), await ask()]).toEqual([200, 429]);
  });

  it("begins a call that is late when the clock has come so far, and ends one whose time is over", async () => {
    const server = await frozen();
    const late = await server.faults.set({ kind: "latency", ms: 30_000 }, { operation: "count" });
    const answers: number[] = [];
    const patient = count(server).then(({ status }) => answers.push(status));
    const brief = count(server, { "x-timeout-ms": "5000" });
    await eventually(() => late.hits === 2, "both wait");
    server.clock.advance(4_999);
    // The watch looks every 20 ms of the machine's time: this one finds nothing.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(answers).toEqual([]);
    server.clock.advance(1);
    expect((await brief).status).toBe(504);
    expect(answers).toEqual([]);
    server.clock.advance(25_000);
    await patient;
    expect(answers).toEqual([200]);
  });

  it("refuses who has waited too long for a place", async () => {
    const server = await frozen({ limits: { concurrentRequests: 1, queueWaitMs: 5_000 } });
    const late = await server.faults.set({ kind: "latency", ms: 8_000 }, { operation: "count" });
    const working = count(server);
    await eventually(() => late.hits === 1, "one works");
    const waiting = count(server);
    const metricsOf = async () => (await waiting).status;
    // It has no way to tell that it waits but the store, which it has not reached.
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.clock.advance(5_000);
    expect(await metricsOf()).toBe(429);
    server.clock.advance(3_000);
    expect((await working).status).toBe(200);
  });

  it("goes on from where it stands", async () => {
    const server = await frozen();
    server.clock.advance(1_000);
    expect(new Date(server.clock.wallMs()).toISOString()).toBe("2030-01-01T00:00:01.000Z");
    const late = await server.faults.set({ kind: "latency", ms: 20 }, { operation: "count" });
    const answer = count(server);
    await eventually(() => late.hits === 1, "it waits");
    server.clock.resume();
    expect((await answer).status).toBe(200);
    expect(server.clock.isFrozen).toBe(false);
  });
});

describe("the clock", () => {
  it("rings what is due in the order of its times, each once, and nothing that was called off", () => {
    const clock = new TestClock();
    clock.freeze(new Date(0));
    const rung: string[] = [];
    clock.after(30, () => rung.push("third"));
    const callOff = clock.after(20, () => rung.push("never"));
    clock.after(10, () => {
      rung.push("first");
      callOff();
    });
    clock.after(25, () => rung.push("second"));
    clock.advance(25);
    expect(rung).toEqual(["first", "second"]);
    clock.advance(5);
    clock.advance(1_000);
    expect(rung).toEqual(["first", "second", "third"]);
    expect(clock.wallMs()).toBe(1_030);
  });

  it("rings when the parts that it was moved by make up the time, wherever it was frozen", () => {
    let rung = 0;
    for (let i = 0; i < 1_000; i++) {
      const clock = new TestClock();
      clock.advance(Math.PI * i);
      clock.freeze();
      clock.after(5_000, () => rung++);
      clock.advance(4_999);
      clock.advance(1);
    }
    expect(rung).toBe(1_000);
  });

  it("never runs backwards, whatever it is told", () => {
    const clock = new TestClock();
    const beganMs = clock.nowMs();
    clock.freeze(new Date("1970-01-02"));
    expect(clock.nowMs()).toBeGreaterThanOrEqual(beganMs);
    expect(() => clock.advance(-1)).toThrow("clock.advance: expected milliseconds, 0 or more; got -1");
    expect(() => clock.advance(Number.NaN)).toThrow("clock.advance");
    expect(() => clock.freeze(new Date("soon"))).toThrow("clock.freeze: expected a date");
  });

  it("moves on while it goes, too", () => {
    const clock = new TestClock();
    let rung = 0;
    clock.after(60_000, () => rung++);
    clock.advance(60_000);
    expect([rung, clock.isFrozen]).toEqual([1, false]);
  });
});
