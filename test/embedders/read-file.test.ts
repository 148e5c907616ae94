/** Model files by HTTP, as a browser gets them. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { staticEmbedder } from "../../src/embedders/static.ts";

const model = readFileSync(join(import.meta.dirname, "../../assets/static-model/model.bin"));

describe("a model fetched by HTTP", () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const status = { "/model.bin": 200, "/broken": 500 }[request.url ?? ""] ?? 404;
      response.writeHead(status).end(status === 200 ? model : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it("gives the same vectors as the one in the package", async () => {
    const fetched = await staticEmbedder({ location: new URL("/model.bin", address) });
    const packaged = await staticEmbedder();
    expect(fetched.model).toEqual(packaged.model);
    expect(await fetched.embedText(["a text"])).toEqual(await packaged.embedText(["a text"]));
  });

  it("is not_found where the server has none, and unavailable where it fails or does not answer", async () => {
    await expect(staticEmbedder({ location: `${address}/other` })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(staticEmbedder({ location: `${address}/broken` })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("500"),
    });
    await expect(staticEmbedder({ location: "http://127.0.0.1:1/model.bin" })).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
