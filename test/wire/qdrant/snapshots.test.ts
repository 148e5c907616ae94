/** Snapshots with the official clients: what is taken comes back, and what is no snapshot changes nothing. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { QdrantClient as GrpcClient } from "@qdrant/js-client-grpc";
import { describe, expect, it, onTestFinished } from "vitest";
import { createQdrantDialect } from "../../../src/dialects/qdrant/dialect.ts";
import { snapshotsInFolder } from "../../../src/dialects/qdrant/snapshots/folder-node.ts";
import { refused, type Served, served } from "./served.ts";

async function inFolder(): Promise<Served & { folder: string; url: string }> {
  const folder = await mkdtemp(join(tmpdir(), "franca-snapshots-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { client, server } = await served({
    dialects: [createQdrantDialect({ snapshots: snapshotsInFolder(folder) })],
  });
  await client.createCollection("cities", {
    vectors: {
      dense: { size: 2, distance: "Dot" },
      late: { size: 1, distance: "Dot", multivector_config: { comparator: "max_sim" } },
    },
    sparse_vectors: { words: { modifier: "idf" } },
  });
  await client.createPayloadIndex("cities", { field_name: "n", field_schema: "integer" });
  await fill(client, 1, 30);
  return { client, server, folder, url: server.url };
}

async function fill(client: Served["client"], from: number, to: number): Promise<void> {
  const points = [];
  for (let id = from; id <= to; id++)
    points.push({
      id,
      vector: { dense: [id, 1], late: [[id], [1]], words: { indices: [id], values: [0.5] } },
      payload: { n: id, deep: { list: [1, "x", null] } },
    });
  await client.upsert("cities", { points });
}

async function contents(client: Served["client"]) {
  const { points } = await client.scroll("cities", { limit: 100, with_vector: true });
  const { config, payload_schema, points_count } = await client.getCollection("cities");
  return { points, config, payload_schema, points_count };
}

async function upload(url: string, bytes: Uint8Array, query = ""): Promise<{ status: number; body: string }> {
  const form = new FormData();
  form.append("snapshot", new Blob([bytes as Uint8Array<ArrayBuffer>]), "cities.snapshot");
  const answer = await fetch(`${url}/collections/cities/snapshots/upload${query}`, {
    method: "POST",
    body: form,
  });
  return { status: answer.status, body: await answer.text() };
}

describe("a snapshot of a collection", () => {
  it("is listed with its size and checksum, and brings back all that was there", async () => {
    const { client, url, folder } = await inFolder();
    const before = await contents(client);
    const made = await client.createSnapshot("cities");
    expect(made).toMatchObject({
      size: expect.any(Number),
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(made!.creation_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    expect(await client.listSnapshots("cities")).toEqual([made]);

    await fill(client, 31, 40);
    await client.setPayload("cities", { payload: { n: -1 }, points: [3] });
    const location = `${url}/collections/cities/snapshots/${made!.name}`;
    expect(await client.recoverSnapshot("cities", { location, checksum: made!.checksum })).toBe(true);
    expect(await contents(client)).toEqual(before);

    // From a file of the server's own.
    await client.deleteCollection("cities");
    const file = `file://${join(folder, "cities", made!.name)}`;
    expect(await client.recoverSnapshot("cities", { location: file })).toBe(true);
    expect(await contents(client)).toEqual(before);
    expect(await client.deleteSnapshot("cities", made!.name)).toBe(true);
    expect(await client.listSnapshots("cities")).toEqual([]);
    expect(await readdir(join(folder, "cities"))).toEqual([]);
  });

  it("is downloaded and uploaded, into a collection of another name too", async () => {
    const { client, url } = await inFolder();
    const made = await client.createSnapshot("cities");
    const answer = await fetch(`${url}/collections/cities/snapshots/${made!.name}`);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(made!.checksum);
    expect(bytes).toHaveLength(made!.size);
    await client.delete("cities", { points: [1, 2, 3] });
    expect(await upload(url, bytes, `?priority=snapshot&checksum=${made!.checksum}`)).toMatchObject({
      status: 200,
    });
    expect((await client.count("cities")).count).toBe(30);
    const location = `${url}/collections/cities/snapshots/${made!.name}`;
    await client.recoverSnapshot("copy", { location });
    expect((await client.count("copy")).count).toBe(30);
    expect((await client.getCollections()).collections.map(({ name }) => name).sort()).toEqual([
      "cities",
      "copy",
    ]);
  });

  it("of its shard, and of the whole storage, are kept beside", async () => {
    const { client, url } = await inFolder();
    const ofShard = await client.createShardSnapshot("cities", 0, {});
    expect(await client.listShardSnapshots("cities", 0)).toEqual([ofShard]);
    expect(await client.listSnapshots("cities")).toEqual([]);
    const location = `${url}/collections/cities/shards/0/snapshots/${ofShard!.name}`;
    await client.delete("cities", { points: [1] });
    expect(await client.recoverShardFromSnapshot("cities", 0, { location })).toBe(true);
    expect((await client.count("cities")).count).toBe(30);
    expect(await client.deleteShardSnapshot("cities", 0, ofShard!.name, {})).toBe(true);
    expect((await refused(client.listShardSnapshots("cities", 7)))[0]).toBe(404);
    const streamed = await fetch(`${url}/collections/cities/shards/0/snapshot`);
    expect(gunzipSync(new Uint8Array(await streamed.arrayBuffer())).toString()).toContain(
      '"franca":"collection"',
    );

    const whole = await client.createFullSnapshot();
    expect(await client.listFullSnapshots()).toEqual([whole]);
    const answer = await fetch(`${url}/snapshots/${whole!.name}`);
    expect((await answer.arrayBuffer()).byteLength).toBe(whole!.size);
    expect(await client.deleteFullSnapshot(whole!.name)).toBe(true);
    expect(await refused(client.deleteFullSnapshot(whole!.name))).toEqual([
      404,
      `Not found: Snapshot ${whole!.name} not found`,
    ]);
  });

  it("is taken, listed and deleted over gRPC", async () => {
    const { server } = await inFolder();
    const snapshots = new GrpcClient({ url: `http://${server.grpcAddresses.qdrant}` }).api("snapshots");
    const { snapshotDescription: made } = await snapshots.create({ collectionName: "cities" });
    expect(made!.checksum).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(made!.creationTime!.seconds)).toBeGreaterThan(1.7e9);
    const { snapshotDescriptions } = await snapshots.list({ collectionName: "cities" });
    expect(snapshotDescriptions.map(({ name }) => name)).toEqual([made!.name]);
    await snapshots.delete({ collectionName: "cities", snapshotName: made!.name });
    const { snapshotDescription: whole } = await snapshots.createFull({});
    expect((await snapshots.listFull({})).snapshotDescriptions).toHaveLength(1);
    await snapshots.deleteFull({ snapshotName: whole!.name });
    expect((await snapshots.listFull({})).snapshotDescriptions).toHaveLength(0);
  });

  it("with wait=false is accepted", async () => {
    const { url, client } = await inFolder();
    const answer = await fetch(`${url}/collections/cities/snapshots?wait=false`, { method: "POST" });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ status: "accepted" });
    expect(await client.listSnapshots("cities")).toHaveLength(1);
  });
});

describe("what is no snapshot", () => {
  it("is refused, and changes nothing", async () => {
    const { client, url, folder } = await inFolder();
    const before = await contents(client);
    const made = await client.createSnapshot("cities");
    const path = join(folder, "cities", made!.name);
    const good = new Uint8Array(
      await (await fetch(`${url}/collections/cities/snapshots/${made!.name}`)).arrayBuffer(),
    );
    const lines = gunzipSync(good).toString().split("\n");
    const bad: { [what: string]: Uint8Array } = {
      nothing: new Uint8Array(0),
      noise: Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7919) % 251),
      "cut short": good.subarray(0, good.length - 40),
      damaged: good.map((byte, i) => (i === 200 ? byte ^ 0xff : byte)),
      "without its end": gzipSync(lines.slice(0, 20).join("\n")),
      "of other vectors": gzipSync(lines.join("\n").replaceAll('"dense":[', '"dense":[1,2,')),
    };
    for (const [what, bytes] of Object.entries(bad)) {
      const { status, body } = await upload(url, bytes);
      expect([what, status, body]).toEqual([
        what,
        400,
        expect.stringContaining("Failed to read the snapshot"),
      ]);
      expect(await contents(client), what).toEqual(before);
    }
    expect(await upload(url, good, "?checksum=00")).toMatchObject({
      status: 400,
      body: expect.stringContaining("Snapshot checksum mismatch"),
    });
    await writeFile(path, "damaged at rest");
    expect((await refused(client.recoverSnapshot("cities", { location: `file://${path}` })))[0]).toBe(400);
    expect(await contents(client)).toEqual(before);
    expect((await client.getCollections()).collections).toHaveLength(1);
    expect((await readdir(join(folder, "cities"))).length).toBe(2);
  });

  it("names and locations do not lead out of the snapshots' folder", async () => {
    const { client, url } = await inFolder();
    for (const location of [
      "file:///etc/passwd",
      "file:///",
      "ftp://x/y",
      "nowhere",
      `${url}/collections/cities`,
    ]) {
      const [status] = await refused(client.recoverSnapshot("cities", { location }));
      expect([location, status]).toEqual([location, 400]);
    }
    for (const name of ["..%2F..%2Fetc%2Fpasswd", "%2e%2e%5Cx", "a%00b", ".hidden"])
      expect((await fetch(`${url}/collections/cities/snapshots/${name}`)).status).toBe(400);
    expect((await fetch(`${url}/collections/cities/snapshots/none`)).status).toBe(404);
    expect((await fetch(`${url}/collections/none/snapshots`)).status).toBe(404);
    expect((await client.count("cities")).count).toBe(30);
  });
});
