/** Access tokens: what their claims allow, and which are not taken. */
import { createHmac } from "node:crypto";
import { QdrantClient } from "@qdrant/js-client-rest";
import { describe, expect, it, onTestFinished } from "vitest";
import { open } from "../../../src/open.ts";
import { startAuth } from "../../../src/server/auth/auth.ts";
import { startServer } from "../../../src/testing/testing.ts";

const secret = "a-secret-of-the-servers-own";

function token(claims: object, { alg = "HS256", by = secret } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", by).update(signed).digest("base64url")}`;
}

async function server() {
  const store = await open(":memory:");
  const auth = await startAuth({
    host: "127.0.0.1",
    tls: false,
    apiKey: secret,
    tokens: true,
    onWarning: () => {},
  });
  const started = await startServer({ store, guard: auth.guardOf(store)! });
  onTestFinished(async () => {
    await started.stop();
    await auth.stop();
    await store.close();
  });
  const as = (apiKey: string) =>
    new QdrantClient({ url: started.urls.qdrant!, apiKey, checkCompatibility: false });
  const admin = as(secret);
  for (const name of ["a", "b"]) {
    await admin.createCollection(name, { vectors: { size: 1, distance: "Dot" } });
    await admin.upsert(name, { points: [{ id: 1, vector: [1], payload: { user: "eve", n: 7 } }] });
  }
  return { as, admin };
}

/** "ok", or the status. */
async function outcome(call: Promise<unknown>): Promise<string | number> {
  return call.then(
    () => "ok",
    (error: { status: number }) => error.status,
  );
}

const point = { points: [{ id: 2, vector: [2] }] };

describe("an access token", () => {
  it("for reading reads everything, and writes nothing", async () => {
    const client = (await server()).as(token({ access: "r" }));
    expect(await outcome(client.count("a"))).toBe("ok");
    expect(await outcome(client.upsert("a", point))).toBe(403);
    expect(await outcome(client.deleteCollection("a"))).toBe(403);
  });

  it("for managing, or without a word about it, does everything", async () => {
    const { as } = await server();
    for (const claims of [{ access: "m" }, {}]) {
      const client = as(token(claims));
      expect(await outcome(client.upsert("a", point))).toBe("ok");
      expect(
        await outcome(client.createPayloadIndex("a", { field_name: "n", field_schema: "integer" })),
      ).toBe("ok");
    }
  });

  it("for some collections allows of each what it says", async () => {
    const { as } = await server();
    const client = as(
      token({
        access: [
          { collection: "a", access: "r" },
          { collection: "b", access: "rw" },
        ],
      }),
    );
    expect(await outcome(client.count("a"))).toBe("ok");
    expect(await outcome(client.upsert("a", point))).toBe(403);
    expect(await outcome(client.upsert("b", point))).toBe("ok");
    expect(await outcome(client.deleteCollection("b"))).toBe(403);
    const one = as(token({ access: [{ collection: "b", access: "rw" }] }));
    expect(await outcome(one.count("a"))).toBe(403);
    expect((await one.getCollections()).collections).toEqual([{ name: "b" }]);
  });

  it("that asks for a point is worth something as long as the point is there", async () => {
    const { as, admin } = await server();
    const matches = [
      { key: "user", value: "eve" },
      { key: "n", value: 7 },
    ];
    const client = as(token({ access: "r", value_exists: { collection: "a", matches } }));
    expect(await outcome(client.count("b"))).toBe("ok");
    await admin.delete("a", { points: [1] });
    expect(await outcome(client.count("b"))).toBe(401);
    const nowhere = as(token({ access: "r", value_exists: { collection: "none", matches } }));
    expect(await outcome(nowhere.count("b"))).toBe(401);
  });

  it("is not taken when it has expired, is signed by another, or says what is not known", async () => {
    const { as } = await server();
    const now = Math.floor(Date.now() / 1_000);
    expect(await outcome(as(token({ access: "r", exp: now + 60 })).count("a"))).toBe("ok");
    for (const bad of [
      token({ access: "r", exp: now - 120 }),
      token({ access: "r", exp: "later" }),
      token({ access: "r" }, { by: "another secret entirely" }),
      token({ access: "r" }, { alg: "none" }),
      token({ access: "r" }, { alg: "HS512" }),
      token({ access: "all" }),
      token({ access: [] }),
      token({ access: [{ collection: "a", access: "m" }] }),
      token({ access: [{ collection: "*", access: "rw" }] }),
      token({ access: [{ collection: "a", access: "r", payload: { user: "eve" } }] }),
      `${token({ access: "m" }).split(".").slice(0, 2).join(".")}.`,
      "a.b.c",
    ])
      expect([bad, await outcome(as(bad).count("a"))]).toEqual([bad, 401]);
  });
});
