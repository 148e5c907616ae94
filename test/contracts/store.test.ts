/** The stores that there are, by the contract that all keep. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { open } from "../../src/open.ts";
import { serve } from "../../src/server/serve.ts";
import { describeKernels } from "../kernels.ts";
import { storeContract } from "./store.ts";

describeKernels("the engine", (kernel) => {
  storeContract({
    name: `the engine in memory (${kernel})`,
    async make() {
      const store = await open(":memory:", { kernel });
      return { store, end: () => store.close() };
    },
  });
});

storeContract({
  name: "the engine in a folder",
  async make() {
    const folder = await mkdtemp(join(tmpdir(), "franca-contract-"));
    const store = await open(folder, { durability: "os" });
    return {
      store,
      async end() {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});

storeContract({
  name: "a server over HTTP",
  async make() {
    const engine = await open(":memory:");
    const server = await serve({
      store: engine,
      dialects: [francaDialect],
      readJson: (bytes) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
      ports: { franca: { rest: 0, grpc: 0 } },
    });
    const store = await open(server.addresses.franca as `http://${string}`);
    return {
      store,
      async end() {
        await store.close();
        await server.stop();
        await engine.close();
      },
    };
  },
});
