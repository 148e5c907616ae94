/** A busy session with every kind of key, right and wrong, over the wire: nothing that the server says anywhere holds one. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import type { FrancaError } from "../../../src/errors.ts";
import { open } from "../../../src/index.ts";
import { startAuth } from "../../../src/server/auth/auth.ts";
import { newSecret } from "../../../src/server/auth/key.ts";
import { type RunningServer, serve } from "../../../src/server/serve.ts";
import { startTelemetry } from "../../../src/server/telemetry/telemetry.ts";
import { readJson } from "../hosted.ts";
import { keyFolder, makeKey, writeKeys } from "./keys.ts";

const chosen = { apiKey: "chosen-by-a-person-1", readOnlyApiKey: "chosen-by-a-person-2" };
const schema = { vectors: { body: { dimension: 2 } } };

it("no log, audit line, metric, warning, header or answer of a busy session holds a key", async () => {
  const folder = keyFolder();
  const [file, auditFile] = [join(folder, "keys.json"), join(folder, "audit.log")];
  const made = {
    reader: makeKey("reader", "read", { collections: ["notes"], rate: { requestsPerSecond: 1, burst: 2 } }),
    writer: makeKey("writer", "write"),
    root: makeKey("root", "admin"),
    old: makeKey("old", "admin", { expiresMs: 1 }),
  };
  const secrets = [
    ...Object.values(made).map(({ secret }) => secret),
    ...Object.values(chosen),
    ...Array.from({ length: 3 }, newSecret),
  ];
  const wrong = secrets.slice(-3);
  writeKeys(
    file,
    Object.values(made).map(({ key }) => key),
  );
  const said: string[] = [];
  const onWarning = (warning: FrancaError): void => {
    said.push(inspect(warning, { depth: 9 }));
    telemetry.log.warning(warning);
  };
  const store = await open(":memory:");
  const telemetry = await startTelemetry({
    store,
    version: "0",
    host: "127.0.0.1",
    slowQueryMs: 0,
    metrics: { cacheMs: 0, access: "open" },
    log: { level: "debug", to: { write: (line) => void said.push(line) } },
  });
  const auth = await startAuth({
    host: "127.0.0.1",
    tls: false,
    keysFile: file,
    auditFile,
    ...chosen,
    onWarning,
  });
  const server: RunningServer = await serve({
    store,
    dialects: [francaDialect],
    readJson,
    ports: { franca: { rest: 0 } },
    guard: auth.guardOf(store)!,
    observer: telemetry.observer,
    routes: telemetry.routes,
    onWarning,
  });
  onTestFinished(() => store.close());

  const statuses = new Set<number>();
  const ask = async (
    secret: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    where = "authorization",
  ) => {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (secret !== undefined) headers[where] = where === "authorization" ? `Bearer ${secret}` : secret;
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(`${server.addresses.franca}${path}`, init);
    statuses.add(response.status);
    said.push(JSON.stringify([...response.headers]), await response.text());
  };
  const notes = "/franca/v1/collections/notes";
  await ask(made.root.secret, "PUT", notes, { schema });
  const points = [{ id: 1, vectors: { body: [1, 0] } }];
  for (const secret of [undefined, ...secrets, `${wrong[0]}\u00e9`, secrets.join(",")]) {
    for (const where of ["authorization", "api-key"]) {
      await ask(secret, "POST", `${notes}/points/upsert`, { points }, where);
      await ask(secret, "POST", `${notes}/points/query`, { nearest: [1, 0], limit: 1 }, where);
      await ask(secret, "GET", "/franca/v1/collections/hidden", undefined, where);
      await ask(secret, "DELETE", "/franca/v1/collections/hidden", undefined, where);
      await ask(secret, "POST", `${notes}/points/query`, { nearest: [1], nonsense: true }, where);
      await ask(secret, "GET", "/nothing", undefined, where);
    }
  }
  writeFileSync(file, `{"keys": ["${wrong[0]}"`);
  await auth.reload();
  writeFileSync(file, `{"keys": [{"name": "${wrong[1]}", "role": "${wrong[2]}"}]}`);
  await auth.reload();
  await ask(undefined, "GET", "/metrics");
  await ask(undefined, "GET", "/readyz");
  await server.stop();
  await auth.stop();
  await telemetry.stop();
  const audit = readFileSync(auditFile, "utf8");

  // It was busy, and everything speaks.
  expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 401, 403, 404, 429]));
  const everything = `${said.join("\n")}\n${audit}`;
  for (const word of ["vector_search_duration_seconds", "stay in use", '"event"', "unauthenticated"]) {
    expect(said.join("\n")).toContain(word);
  }
  for (const name of ["root", "writer", "reader", "api-key"]) expect(audit).toContain(`"caller":"${name}"`);
  for (const secret of secrets) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(secret.slice(-16));
  }
});
