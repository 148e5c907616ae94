/** How many requests are worked on, how many wait, and what the others hear. */
import { describe, expect, it } from "vitest";
import { type Hosted, startHosted } from "./hosted.ts";
import { connection, eventually, statusOf } from "./raw.ts";

/** Two places to read, one to write. */
const limits = { concurrentRequests: 2, queuedRequests: 2 };

function holder(hosted: Hosted, method: "GET" | "POST") {
  const stop = new AbortController();
  const { signal } = stop;
  const answered = fetch(`${hosted.server.addresses.trying}/hold/60000`, { method, signal }).then(
    ({ status }) => status,
    () => "gone" as const,
  );
  return { answered, leave: () => stop.abort() };
}

const lanes = (hosted: Hosted) => hosted.server.gauges.lanes();

describe("places to work in", () => {
  it("what comes when all are taken waits, what comes when too many wait is refused with 429 and a time to wait", async () => {
    const hosted = await startHosted({ limits });
    const running = [holder(hosted, "GET"), holder(hosted, "GET")];
    await eventually(() => hosted.seen.holding === 2, "two are worked on");
    const waiting = [holder(hosted, "GET"), holder(hosted, "GET")];
    await eventually(() => lanes(hosted).read.waiting === 2, "two wait");
    const refused = await fetch(`${hosted.server.addresses.trying}/hello/you`);
    expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toMatchObject([
      429,
      "1",
      { code: "resource_exhausted" },
    ]);
    for (const one of running) one.leave();
    await eventually(
      () => hosted.seen.holding === 2 && lanes(hosted).read.waiting === 0,
      "those that waited began",
    );
    for (const one of waiting) one.leave();
    expect(await Promise.all([...running, ...waiting].map((one) => one.answered))).toEqual(
      Array(4).fill("gone"),
    );
    await eventually(() => lanes(hosted).read.running === 0, "all places are free again");
    await hosted.stop();
  });

  it("writes have their own, so that a search never waits behind them", async () => {
    const hosted = await startHosted({ limits });
    const writes = Array.from({ length: 3 }, () => holder(hosted, "POST"));
    await eventually(() => lanes(hosted).write.waiting === 2, "two writes wait behind one");
    const base = hosted.server.addresses.trying;
    const write = await fetch(`${base}/echo`, { method: "PUT", body: "1" });
    const searches = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${base}/echo`, { method: "POST", body: "[1]" })),
    );
    expect([write.status, ...new Set(searches.map(({ status }) => status))]).toEqual([429, 200]);
    for (const one of writes) one.leave();
    await hosted.stop();
  });

  it("who waits longer than may be is refused", async () => {
    const hosted = await startHosted({ limits: { ...limits, queueWaitMs: 20 } });
    const running = [holder(hosted, "GET"), holder(hosted, "GET")];
    await eventually(() => hosted.seen.holding === 2, "two are worked on");
    expect(await holder(hosted, "GET").answered).toBe(429);
    for (const one of running) one.leave();
    await hosted.stop();
  });

  it("a client that goes away while it waits leaves the queue", async () => {
    const hosted = await startHosted({ limits });
    const running = [holder(hosted, "GET"), holder(hosted, "GET")];
    await eventually(() => hosted.seen.holding === 2, "two are worked on");
    const waiting = holder(hosted, "GET");
    await eventually(() => lanes(hosted).read.waiting === 1, "one waits");
    waiting.leave();
    await eventually(() => lanes(hosted).read.waiting === 0, "none waits");
    for (const one of running) one.leave();
    await hosted.stop();
  });

  it("a request is refused before its body is read, and its connection lets the client know", async () => {
    const hosted = await startHosted({ limits: { concurrentRequests: 1, queuedRequests: 0 } });
    const running = holder(hosted, "POST");
    await eventually(() => hosted.seen.holding === 1, "one is worked on");
    const client = connection(hosted.port);
    client.send("PUT /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50000000\r\n\r\n[");
    expect(statusOf(await client.until(/\r\n\r\n.*}$/))).toBe(429);
    expect(await client.ended).toMatch(/connection: close/i);
    running.leave();
    await hosted.stop();
  });

  it("a body that arrives slowly takes no place meanwhile", async () => {
    const hosted = await startHosted({ limits: { concurrentRequests: 1 } });
    const slow = Array.from({ length: 5 }, () => connection(hosted.port));
    for (const { send } of slow) send("POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n[");
    const quick = await fetch(`${hosted.server.addresses.trying}/echo`, { method: "POST", body: "7" });
    expect(await quick.json()).toBe(7);
    for (const { send } of slow) send("1]");
    for (const { until } of slow) expect(statusOf(await until(/\[1\]$/))).toBe(200);
    await hosted.stop();
  });

  it("bodies take so much memory at most; small ones are taken even then", async () => {
    const hosted = await startHosted({ limits: { heldBytes: 1_000_000 } });
    const first = connection(hosted.port);
    first.send(
      `PUT /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900000\r\n\r\n"${"a".repeat(800_000)}`,
    );
    await eventually(() => hosted.server.gauges.bodyBytes() > 800_000, "most of a body is held");
    const base = hosted.server.addresses.trying;
    const put = (bytes: number) => fetch(`${base}/echo`, { method: "PUT", body: `"${"b".repeat(bytes)}"` });
    expect((await put(300_000)).status).toBe(429);
    expect((await put(30_000)).status).toBe(200);
    first.send(`${"a".repeat(99_998)}"`);
    expect(statusOf(await first.until(/a"$/))).toBe(200);
    expect((await put(300_000)).status).toBe(200);
    await eventually(() => hosted.server.gauges.bodyBytes() === 0, "nothing is held");
    await hosted.stop();
  });
});
