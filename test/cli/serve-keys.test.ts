/** `franca serve` with keys, as a process: who comes in, a key that is revoked on an open connection, and what is refused to begin with. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Outcome, type Workshop, workshop } from "./cli.ts";

interface Serving {
  address: string;
  child: ChildProcess;
  outcome: Promise<Outcome>;
}

/** Until it says where it listens. */
async function serving({ start }: Workshop, ...args: string[]): Promise<Serving> {
  const flags = ["--db", "data", "--franca-port", "0", "--franca-grpc-port", "0", "--log-format", "json"];
  const { child, outcome } = start("serve", ...flags, ...args);
  onTestFinished(() => void child.kill("SIGKILL"));
  const address = await new Promise<string>((resolve, reject) => {
    let log = "";
    child.stderr!.on("data", (text: string) => {
      log += text;
      const [, found] = /"franca":"(http[^"]+)"/.exec(log) ?? [];
      if (found !== undefined) resolve(found);
    });
    void outcome.then(({ stderr }) => reject(new Error(stderr)));
  });
  return { address, child, outcome };
}

const keysFile = ["--file", "keys.json"];

describe("franca serve with keys", () => {
  it("lets in by key, refuses one that is revoked within two seconds on the same connection, and audits it all", async () => {
    const shop = workshop();
    const make = async (name: string, ...rest: string[]) =>
      (await shop.franca("key", "create", ...keysFile, "--name", name, ...rest)).stdout.trim();
    const reader = await make("reader", "--role", "read", "--collections", "notes");
    const root = await make("root", "--role", "admin");
    const { address, child, outcome } = await serving(
      shop,
      "--keys-file",
      "keys.json",
      "--audit-file",
      "audit.log",
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ports = new Set<number | undefined>();
    const ask = (method: string, path: string, key: string, body?: unknown): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
        const asked = request(`${address}/franca/v1${path}`, { method, agent, headers }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on("end", () => resolve(response.statusCode!));
        });
        asked.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
      });
    const schema = { vectors: { body: { dimension: 2 } } };
    expect(await ask("PUT", "/collections/notes", reader, { schema })).toBe(403);
    expect(await ask("PUT", "/collections/notes", root, { schema })).toBe(200);
    // A body that was refused unread ends its connection; what counts is the one from here on.
    ports.clear();
    expect(await ask("GET", "/collections/notes", reader)).toBe(200);
    expect(await ask("GET", "/collections/notes", "wrong")).toBe(401);
    expect((await shop.franca("key", "revoke", "reader", ...keysFile)).code).toBe(0);
    await expect
      .poll(() => ask("GET", "/collections/notes", reader), { timeout: 5_000, interval: 100 })
      .toBe(401);
    expect(await ask("GET", "/collections/notes", root)).toBe(200);
    expect(ports.size).toBe(1);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await outcome;
    expect(code).toBe(0);
    const audit = readFileSync(join(shop.folder, "audit.log"), "utf8");
    const lines = audit
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, 3)).toMatchObject([
      { caller: "reader", action: "admit admin", outcome: "permission_denied" },
      { caller: "root", action: "create", collection: "notes", outcome: "begins" },
      { caller: "root", action: "create", collection: "notes", outcome: "ok" },
    ]);
    for (const key of [reader, root]) expect(stdout + stderr + audit).not.toContain(key);
  });

  it("does not listen beyond this machine without a key, and says both ways out before it opens anything", async () => {
    const shop = workshop();
    const { code, stderr } = await shop.franca(
      "serve",
      "--db",
      "data",
      "--host",
      "0.0.0.0",
      "--franca-port",
      "0",
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/without any key.*--keys-file.*--insecure-no-auth/);
    expect(() => readFileSync(join(shop.folder, "data"))).toThrow(/ENOENT/);
  });

  it("does not begin with a key that can be guessed, nor with a file of keys that is not there, and quotes no key", async () => {
    const shop = workshop();
    const short = await shop.franca("serve", "--db", "data", "--api-key", "hunter2");
    expect([short.code, short.stderr]).toEqual([1, expect.stringMatching(/at least 16 characters/)]);
    expect(short.stderr).not.toContain("hunter2");
    const missing = await shop.franca("serve", "--db", "data", "--keys-file", "none.json");
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/none.json cannot be read/)]);
  });
});
