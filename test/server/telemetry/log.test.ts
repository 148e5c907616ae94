/** The log and the slow queries of a server, by way of the wire: what they tell, and what they never do. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { Route } from "../../../src/dialect.ts";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { mediumFailure } from "../../../src/engine/medium-failure.ts";
import { FrancaError } from "../../../src/errors.ts";
import { open } from "../../../src/index.ts";
import { serve } from "../../../src/server/serve.ts";
import { humanLine } from "../../../src/server/telemetry/human-lines.ts";
import { createLog, type LogOptions } from "../../../src/server/telemetry/log.ts";
import { startTelemetry } from "../../../src/server/telemetry/telemetry.ts";
import { toldError } from "../../../src/server/telemetry/told-error.ts";
import { root } from "../../rules/sources.ts";

const secret = "marzipan";
const ends: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const queryRoute: Route = {
  method: "POST",
  path: "/test/:collection/query",
  access: "read",
  kind: "search",
  async handle({ store, params, body }) {
    const collection = await store.collection(params.collection!);
    return { body: JSON.stringify(await collection.query((await body.json()) as never)) };
  },
};
const faultyRoute: Route = {
  method: "GET",
  path: "/test/faulty",
  access: "read",
  kind: "read",
  handle: () => {
    throw new TypeError(`cannot read ${secret}`);
  },
};

const fullDiskRoute: Route = {
  method: "PUT",
  path: "/test/full",
  access: "write",
  kind: "write",
  handle: async () => {
    const system = Object.assign(new Error("ENOSPC: no space left on device, write 'data/segment'"), {
      code: "ENOSPC",
      syscall: "write",
    });
    throw mediumFailure(system, "undone");
  },
};

type Line = { [field: string]: unknown } & { event: string };

async function logged(log: LogOptions, slowQueryMs?: number) {
  const lines: string[] = [];
  const store = await open(":memory:");
  const notes = await store.create("notes", {
    vectors: { body: { dimension: 2 } },
    payload: { title: { type: "text" }, year: { type: "integer" } },
  });
  await notes.upsert([{ id: 1, vectors: { body: [1, 0] }, payload: { title: secret, year: 2001 } }]);
  const telemetry = await startTelemetry({
    store,
    version: "1.2.3",
    host: "127.0.0.1",
    log: { ...log, to: { write: (line) => lines.push(line) } },
    ...(slowQueryMs !== undefined && { slowQueryMs }),
  });
  const server = await serve({
    store,
    dialects: [francaDialect],
    readJson: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
    observer: telemetry.observer,
    routes: [...telemetry.routes, queryRoute, faultyRoute, fullDiskRoute],
    guard: { admit: () => ({ name: "ali", store }) },
    ports: { franca: { rest: 0 } },
  });
  ends.push(
    () => store.close(),
    () => telemetry.stop(),
    () => server.stop(),
  );
  const ask = (query: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.addresses.franca}/test/notes/query`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, cookie: secret, ...headers },
      body: JSON.stringify(query),
    });
  return {
    ask,
    text: () => lines.join(""),
    events: (event: string) =>
      lines.map((line) => JSON.parse(line) as Line).filter((line) => line.event === event),
    address: server.addresses.franca!,
  };
}

const hybrid = {
  fusion: { legs: [{ nearest: [1, 0] }, { text: secret }] },
  filter: {
    and: [
      { field: "year", range: { gte: 2000, lt: 2999.777 } },
      { not: { field: "title", match: secret } },
      { field: "tag", in: [secret, "b", "c"] },
      { or: [{ ids: [1, 2] }, { nested: "parts", filter: { field: "name", eq: secret } }] },
    ],
  },
  limit: 7,
};

describe("the log", () => {
  it("tells each request when it is asked to: who, what, how it ended, how long it took", async () => {
    const { ask, events, address } = await logged({ level: "info", requests: "info" });
    await ask({ nearest: [1, 0] });
    await fetch(`${address}/unknown?key=${secret}`);
    await expect.poll(() => events("request").length).toBe(2);
    expect(events("request")[0]).toMatchObject({
      level: "info",
      dialect: "host",
      transport: "rest",
      route: "POST /test/:collection/query",
      collection: "notes",
      caller: "ali",
      status: 200,
      ms: { total: expect.any(Number) },
    });
    expect(events("request")[1]).toMatchObject({
      route: "unknown",
      status: 404,
      error: { code: "not_found" },
    });
  });

  it("tells of a full disk, which is nobody's fault who asked", async () => {
    const { events, address } = await logged({ level: "info" });
    expect((await fetch(`${address}/test/full`, { method: "PUT" })).status).toBe(429);
    await expect.poll(() => events("request").length).toBe(1);
    expect(events("request")[0]).toMatchObject({
      level: "error",
      error: { code: "resource_exhausted", message: expect.stringMatching(/no room .*Free some/) },
    });
  });

  it("tells of no request that went well unless it is asked to, and of each that failed by the server's fault", async () => {
    const { ask, events, text, address } = await logged({ level: "info" });
    await ask({ nearest: [1, 0] });
    await ask({ nearest: [1] });
    await fetch(`${address}/test/faulty`);
    await expect.poll(() => events("request").length).toBe(1);
    expect(events("request")[0]).toMatchObject({
      level: "error",
      status: 500,
      error: {
        code: "internal",
        cause: {
          name: "TypeError",
          at: [expect.stringContaining("log.test.ts"), ...Array(7).fill(expect.any(String))],
        },
      },
    });
    expect(text()).not.toContain(secret);
  });

  it("gives a request one id: of the client where it is sane, told in the log, the answer's header and the error", async () => {
    const { ask, events } = await logged({ level: "debug" });
    const given = await ask({ nearest: [1, 0] }, { "x-request-id": "checkout-17" });
    expect(given.headers.get("x-request-id")).toBe("checkout-17");
    const made = await ask({ nearest: [1] }, { "x-request-id": "not sane: {}" });
    const id = made.headers.get("x-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await made.json()).toMatchObject({
      error: { code: "invalid_argument", details: { requestId: id } },
    });
    await expect.poll(() => events("request").map(({ requestId }) => requestId)).toEqual(["checkout-17", id]);
  });

  it("never holds a header, a key, a body, a text, a vector, or the value of a filter", async () => {
    const { ask, text, events } = await logged({ level: "debug" }, 0);
    await ask(hybrid);
    await ask({ nearest: [0.1234567, 0] });
    await ask({ nearest: { id: secret } });
    await ask({ nearest: [1, 0], filter: { field: "year", match: secret } });
    await ask({ nearest: [1, 0], [secret.repeat(3)]: 1 });
    await expect.poll(() => events("request").length).toBe(5);
    for (const word of [secret, "2999.777", "0.1234567"]) expect(text()).not.toContain(word);
  });

  it("says when the server starts and stops, and warns with codes, of a collection once", () => {
    const lines: Line[] = [];
    const log = createLog({ to: { write: (line) => lines.push(JSON.parse(line)) } });
    log.started({ version: "1.2.3", addresses: { "franca rest": "http://127.0.0.1:6333" }, timeMs: 12.3456 });
    log.warning(
      new FrancaError("unavailable", "the certificate cannot be read", {
        details: { id: secret, field: "tls" },
      }),
    );
    for (let i = 0; i < 3; i++) log.storeWarning("notes", { code: "tail_cut", message: "was cut" });
    log.stopping("SIGTERM");
    log.stopped(5);
    expect(lines.map(({ level, event }) => [level, event])).toEqual([
      ["info", "started"],
      ["warn", "warning"],
      ["warn", "store warning"],
      ["info", "stopping"],
      ["info", "stopped"],
    ]);
    expect(lines[0]).toMatchObject({ timeMs: 12.346, addresses: { "franca rest": "http://127.0.0.1:6333" } });
    expect(lines[1]).toMatchObject({ error: { code: "unavailable", details: { field: "tls" } } });
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("refuses settings that it does not know", () => {
    expect(() => createLog({ level: "loud" as never })).toThrow(/level/);
    expect(() => createLog({ requests: "all" as never })).toThrow(/requests/);
    expect(() => createLog({ to: "file" as never })).toThrow(/stderr or stdout/);
  });

  it("loses lines rather than hold the server up when nobody reads them, and says how many", async () => {
    const program = `
      import { createLog } from ${JSON.stringify(pathToFileURL(join(root, "dist/server/telemetry/log.js")).href)};
      const log = createLog({ to: "stdout" });
      for (let i = 0; i < 30_000; i++) log.stopping("x".repeat(500));
      process.stdin.once("data", () => {});
      process.stdin.once("end", () => {});
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // The program writes all of it in one turn of its event loop, in which nothing can be read.
    let written = 0;
    let lost: number | undefined;
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => reject(new Error(`ended with ${code} after ${written} lines`)));
      lines.on("line", (line) => {
        const { event, count } = JSON.parse(line);
        if (event === "stopping") written += 1;
        else if (event === "lines lost") {
          lost = count;
          resolve();
        }
      });
    });
    child.stdin.end();
    expect(lost).toBeGreaterThan(0);
    expect(written + lost!).toBe(30_000);
  });

  it("is one line for a person, without what a terminal would obey", () => {
    const line = JSON.stringify({
      level: "warn",
      time: "2026-01-02T03:04:05.678Z",
      event: "slow query",
      shape: "nearest \u001b[2J\nbody",
      ms: { total: 12 },
      steps: [
        { step: "filter", timeMs: 1 },
        { step: "fetch", timeMs: 2 },
      ],
    });
    const sign = String.fromCharCode(27);
    expect(humanLine(line, true)).toBe(
      `${sign}[90m03:04:05.678${sign}[0m ${sign}[33mWARN ${sign}[0m slow query  nearest �[2J�body  ms.total=12  steps: filter 1, fetch 2\n`,
    );
    expect(humanLine(line, false)).toBe(
      "03:04:05.678 WARN  slow query  nearest �[2J�body  ms.total=12  steps: filter 1, fetch 2\n",
    );
  });
});

describe("slow queries", () => {
  it("are told with their shape and the time of each step, and those that are quick are not", async () => {
    const slow = await logged({ level: "info" }, 0);
    const { headers } = await slow.ask(hybrid);
    await expect.poll(() => slow.events("slow query").length).toBe(1);
    const [line] = slow.events("slow query");
    expect(line).toMatchObject({
      level: "warn",
      requestId: headers.get("x-request-id"),
      caller: "ali",
      collection: "notes",
      shape:
        "fusion(nearest, text), limit 7, filter and(year range(gte, lt), not(title match), tag in 3, or(ids 2, parts[name eq]))",
      hits: 0,
      shortfall: "filter",
    });
    const steps = line!.steps as { step: string; timeMs: number }[];
    expect(steps.map(({ step }) => step)).toEqual(
      expect.arrayContaining(["filter", "fusion", "nearest", "plan", "text", "fetch"]),
    );
    const quick = await logged({ level: "info" }, 60_000);
    await quick.ask(hybrid);
    await quick.ask(hybrid);
    expect(quick.events("slow query")).toEqual([]);
  });

  it("leave the caller's answer as it is", async () => {
    const watched = await logged({ level: "silent" }, 0);
    const plain = await logged({ level: "silent" }, Number.POSITIVE_INFINITY);
    const answers = await Promise.all(
      [watched, plain].map(async ({ ask }) => (await ask({ nearest: [1, 0] })).json()),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(Object.keys(answers[0])).not.toContain("explain");
  });

  it("that failed are told with the code", async () => {
    const { ask, events } = await logged({ level: "info" }, 0);
    await ask({ nearest: { id: 99 } });
    await expect.poll(() => events("slow query").length).toBe(1);
    expect(events("slow query")[0]).toMatchObject({ code: "not_found", shape: "nearest to a point" });
  });
});

describe("an error in the log", () => {
  it("of the server's fault has its message and its cause, of a client's only its code and what it was about", () => {
    const cause = Object.assign(new Error("EIO: i/o error, write"), { code: "EIO", syscall: "write" });
    expect(
      toldError(
        new FrancaError("unavailable", "the disk failed", { cause, details: { outcome: "undone", id: 7 } }),
      ),
    ).toMatchObject({
      code: "unavailable",
      message: "the disk failed",
      details: { outcome: "undone" },
      cause: { name: "Error", code: "EIO", message: "EIO: i/o error, write" },
    });
    const fault = new FrancaError("invalid_argument", `expected a number; got ${secret}`, {
      details: { where: "filter.eq", expected: "a number", received: secret },
    });
    expect(toldError(fault)).toEqual({
      code: "invalid_argument",
      details: { expected: "a number" },
    });
  });
});
