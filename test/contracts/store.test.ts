/** The stores that there are, by the contract that all keep. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { francaDialect } from "../../src/dialects/franca/dialect.ts";
import { open } from "../../src/open.ts";
import { serve } from "../../src/server/serve.ts";
import { qdrant } from "../../src/stores/qdrant.ts";
import { startServer } from "../../src/testing/testing.ts";
import { describeKernels } from "../kernels.ts";
import { localServer } from "../stores/qdrant/local-server.ts";
import { python, withoutPython } from "../wire/python.ts";
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

const noTextRanking = "Qdrant has no BM25 over texts; sparse vectors with the modifier idf are its way";
const withoutTexts = {
  "text ranks the points that hold a word, and says when there is none to look for": noTextRanking,
  "fusion tells what each leg said": `one leg is a text's: ${noTextRanking}`,
  "stats tell points, vectors and bytes": "Qdrant tells no bytes of a collection",
  "random programs are answered as the oracle answers them":
    "test/stores/qdrant/programs.test.ts runs those without what Qdrant has not",
};
storeContract({
  name: "a Qdrant (Franca's own)",
  skips: withoutTexts,
  async make() {
    const server = await startServer();
    const store = qdrant({ url: server.urls.qdrant! });
    return {
      store,
      async end() {
        await store.close();
        await server.stop();
      },
    };
  },
});

describe.skipIf(python === undefined)(`Qdrant's local mode (${withoutPython} otherwise)`, () => {
  storeContract({
    name: "a Qdrant (the local mode of its own makers)",
    skips: {
      ...withoutTexts,
      "with the modifier idf what few points have counts more":
        "the local mode counts points without the field, the server does not",
      "sparse and multi rankings are legs of a fusion like others":
        "the local mode fails where a point has no list of vectors",
    },
    async make() {
      const server = await localServer();
      const store = qdrant({ url: server.url });
      return {
        store,
        async end() {
          await store.close();
          await server.stop();
        },
      };
    },
  });
});
