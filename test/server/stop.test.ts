/** How a server stops, and what it says of itself meanwhile. */
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { FrancaError } from "../../src/errors.ts";
import { type EngineStore, open } from "../../src/index.ts";
import { startHosted } from "./hosted.ts";
import { connection, eventually, statusOf } from "./raw.ts";

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

describe("a server that is told to stop", () => {
  it("finishes what is under way, and closes what is idle", async () => {
    const hosted = await startHosted();
    const [working, idle] = [connection(hosted.port), connection(hosted.port)];
    working.send(get("/hold/300"));
    await eventually(() => hosted.seen.holding === 1, "one is worked on");
    const stopped = hosted.stop();
    expect(await idle.ended).toBe("");
    expect(await working.ended).toMatch(/200 OK[\s\S]*connection: close[\s\S]*"held"$/i);
    await stopped;
    await expect(fetch(`${hosted.server.addresses.trying}/hello/you`)).rejects.toThrow();
  });

  it("aborts what is not done within the grace time, which then hears 503", async () => {
    const hosted = await startHosted({ limits: { graceMs: 30 } });
    const client = connection(hosted.port);
    client.send(get("/hold/60000"));
    const grpc = new Client(hosted.server.grpcAddresses.trying!, credentials.createInsecure());
    const asIs = (bytes: Buffer) => bytes;
    const called = new Promise<ServiceError | null>((resolve) => {
      grpc.makeUnaryRequest("/trying.Trying/Hold", asIs, asIs, Buffer.from("60000"), resolve);
    });
    await eventually(() => hosted.seen.holding === 2, "two are worked on");
    await hosted.stop();
    const answer = await client.ended;
    expect([statusOf(answer), answer]).toEqual([503, expect.stringContaining('"unavailable"')]);
    // It would say that nothing was begun.
    expect(answer).not.toMatch(/retry-after/i);
    expect(await called).toMatchObject({ code: status.UNAVAILABLE });
    expect(hosted.seen.reasons).toMatchObject([{ code: "unavailable" }, { code: "unavailable" }]);
    grpc.close();
  });

  it("is told a second time, and waits no longer", async () => {
    const hosted = await startHosted({ limits: { graceMs: 60_000 } });
    const client = connection(hosted.port);
    client.send(get("/hold/60000"));
    await eventually(() => hosted.seen.holding === 1, "one is worked on");
    const first = hosted.server.stop();
    await hosted.server.stop();
    await first;
    await client.ended;
    await hosted.store.close();
  });

  it.each([
    ["/hello/you", '"unavailable"'],
    ["/readyz", '"stopping"'],
  ])("answers %s with 503 when it comes on a connection that is still open", async (path, said) => {
    const hosted = await startHosted();
    const client = connection(hosted.port);
    // Half a request, so that its connection is not idle when the server stops.
    client.send(`GET ${path} HTTP/1.1\r\nhost:`);
    const busy = connection(hosted.port);
    busy.send(get("/hold/200"));
    await eventually(() => hosted.seen.holding === 1, "one is worked on");
    const stopped = hosted.stop();
    client.send(" localhost\r\n\r\n");
    const answer = await client.ended;
    expect([statusOf(answer), answer]).toEqual([503, expect.stringContaining(said)]);
    await stopped;
  });
});

describe("health", () => {
  it("is told on every port, without a key, while nothing else is let in", async () => {
    const hosted = await startHosted({
      guard: {
        admit() {
          throw new FrancaError("unauthenticated", "show a key");
        },
      },
      limits: { concurrentRequests: 1, queuedRequests: 0 },
    });
    for (const base of Object.values(hosted.server.addresses)) {
      for (const path of ["/livez", "/healthz", "/readyz"])
        expect((await fetch(base + path)).status).toBe(200);
    }
    const refused = await fetch(`${hosted.server.addresses.trying}/hello/you`);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    await hosted.stop();
  });

  it("a server listens while its store is being opened, is not ready, and refuses with 503", async () => {
    let opened: (store: EngineStore) => void = () => {};
    const store = new Promise<EngineStore>((resolve) => {
      opened = resolve;
    });
    const hosted = await startHosted({ store });
    const base = hosted.server.addresses.trying;
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    const ready = await fetch(`${base}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: "opening" }]);
    const refused = await fetch(`${base}/hello/you`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    const late = await open(":memory:");
    opened(late);
    await eventually(() => hosted.server.gauges !== undefined, "a turn of the loop");
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    expect((await fetch(`${base}/hello/you`)).status).toBe(200);
    await hosted.stop();
    await late.close();
  });

  it("says that opening failed, and what those who run the server think of its readiness", async () => {
    const failed = await startHosted({ store: Promise.reject(new Error("no such folder")) });
    const unready = await fetch(`${failed.server.addresses.trying}/readyz`);
    expect([unready.status, await unready.json()]).toMatchObject([503, { status: "failed" }]);
    await failed.stop();
    const doubtful = await startHosted({
      readiness: () => ({ ready: true, problems: ["notes: 3 points are damaged"] }),
    });
    const said = await fetch(`${doubtful.server.addresses.trying}/readyz`);
    expect([said.status, await said.json()]).toEqual([
      200,
      { status: "ready", problems: ["notes: 3 points are damaged"] },
    ]);
    await doubtful.stop();
  });

  it("a port that is taken is told with what to do, and nothing is left listening", async () => {
    const first = await startHosted();
    const ports = { trying: { rest: 0, grpc: 0 }, franca: { rest: first.port } };
    await expect(startHosted({ ports })).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining(`port ${first.port} (franca rest) is taken`),
    });
    await first.stop();
  });

  it("limits that are none are refused before anything listens", async () => {
    for (const limits of [
      { bodyBytes: -1 },
      { queueWaitMs: 1.5 },
      { deadlineMs: 2 ** 40 },
      { maxDeadlineMs: 1 },
    ]) {
      await expect(startHosted({ limits })).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });
});
