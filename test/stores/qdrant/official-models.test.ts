/** Every kind of request that is sent to a Qdrant is one that the models of its makers' Python client take. */
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { qdrant } from "../../../src/stores/qdrant.ts";
import { startServer } from "../../../src/testing/testing.ts";
import { root } from "../../rules/sources.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { program } from "./program.ts";

/** In front of a server, writing down what it is asked. */
async function recorder(target: string) {
  const asked: [method: string, path: string, body: unknown][] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", async () => {
      const body = Buffer.concat(pieces);
      const [path] = request.url!.split("?");
      asked.push([request.method!, path!, body.length === 0 ? null : JSON.parse(body.toString())]);
      const answer = await fetch(target + request.url, {
        method: request.method!,
        headers: { "content-type": "application/json" },
        ...(body.length > 0 && { body }),
      });
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, url, stop: () => server.close() };
}

describe.skipIf(python === undefined)(`the models of Qdrant's client (${withoutPython} otherwise)`, () => {
  it("take every request of a program that uses all that a store has", async () => {
    const server = await startServer();
    const { asked, url, stop } = await recorder(server.urls.qdrant!);
    const store = qdrant({
      url,
      collections: { onDisk: true, shardNumber: 1, quantization: { scalar: { type: "int8" } } },
    });
    await program(store);
    const kinds = await store.create("kinds", {
      vectors: {
        flat: { dimension: 2, index: "flat" },
        own: { dimension: 2, hnsw: { m: 8, efConstruction: 64 } },
      },
      multi: { rows: { dimension: 2, metric: "dot" } },
      payload: { tag: { type: "keyword" }, when: { type: "datetime" }, place: { type: "geo" } },
    });
    await kinds.upsert([
      {
        id: "a",
        vectors: { flat: [3, -0] },
        multi: {
          rows: [
            [1, 2],
            [3, 4],
          ],
        },
        payload: { tag: "x" },
      },
      { id: -5, payload: { tag: null } },
    ]);
    await kinds.update({ ids: ["a"] }, { overwritePayload: { tag: "y" }, deleteVectors: ["rows"] });
    await kinds.update({ ids: ["a", -5] }, { setPayload: { tag: "z" }, setVectors: { own: [0, 1] } });
    for (const filter of [
      { field: "tag", exists: true },
      { field: "tag", notIn: ["x"] },
      { field: "place", geoBox: { topLeft: { lat: 90, lon: -180 }, bottomRight: { lat: 0, lon: 180 } } },
      { field: "when", notIn: [new Date(0)] },
      {
        minShould: {
          filters: [{ hasVector: "own" }, { ids: ["a"] }, { field: "tag", isNull: true }],
          count: 2,
        },
      },
      { nested: "items", filter: { field: "price", range: { lt: 5 } } },
    ])
      await kinds.count({ filter: filter as never });
    await kinds.query({ nearest: [[1, 0]], field: "rows", params: { exact: true } });
    await store.alter("kinds", {
      addSparse: { words: { modifier: "idf" }, plain: {} },
      addMulti: { late: { dimension: 3 } },
      addPayload: { "deep.er": { type: "keyword" } },
      dropPayload: ["tag"],
    });
    await store.alter("kinds", { dropVectors: ["plain"] });
    await store.dropAlias("library");
    await store.drop("kinds");
    await store.close();
    stop();
    await server.stop();
    const script = join(root, "test/stores/qdrant/official-models.py");
    const seen = JSON.parse(execFileSync(python!, [script], { input: JSON.stringify(asked) }).toString());
    console.log("requests read by Qdrant's models:", seen);
    expect(Object.keys(seen).length).toBeGreaterThan(12);
  });
});
