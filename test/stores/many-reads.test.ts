/** Many calls at once are no leak: neither a store's user nor a server's is warned of their number. */
import { expect, it } from "vitest";
import { open } from "../../src/open.ts";
import { qdrant } from "../../src/stores/qdrant.ts";
import { startServer } from "../../src/testing/testing.ts";

it("many reads at once, and updates of many operations, raise no warning of Node's", async () => {
  const warnings: string[] = [];
  const hear = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  process.on("warning", hear);
  const server = await startServer();
  try {
    for (const store of [await open(server.url), qdrant({ url: server.urls.qdrant! })]) {
      const points = await store.create("c", { vectors: {}, payload: { n: { type: "integer" } } });
      await points.upsert(Array.from({ length: 40 }, (_, id) => ({ id, payload: { n: id } })));
      await Promise.all(Array.from({ length: 40 }, () => points.count()));
      await points.update({ filter: { field: "n", range: { gte: 0 } } }, { deletePayload: ["n"] });
      await store.drop("c");
      await store.close();
    }
    // Warnings are told in a later turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    await server.stop();
    process.off("warning", hear);
  }
  expect(warnings).toEqual([]);
});
