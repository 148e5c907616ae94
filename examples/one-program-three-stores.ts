/** One program on three stores: embedded, on a Franca server, and on a Qdrant. What it says is the same on all of them. */
import { defineSchema, open, type Store } from "franca";
import { qdrant } from "franca/stores/qdrant";
import { startServer } from "franca/testing";

const schema = defineSchema({
  vectors: { body: { dimension: 3 } },
  payload: { year: { type: "integer" }, "author.name": { type: "keyword" } },
});

async function program(store: Store): Promise<unknown[]> {
  const books = await store.create("books", schema);
  await books.upsert([
    { id: "dune", vectors: { body: [1, 0, 0.2] }, payload: { year: 1965, author: { name: "Herbert" } } },
    { id: "emma", vectors: { body: [0, 1, 0] }, payload: { year: 1815, author: { name: "Austen" } } },
    { id: 2n ** 64n - 1n, vectors: { body: [0.9, 0.3, 0] }, payload: { year: 1984 } },
  ]);
  const filter = { not: { field: "author.name", eq: "Austen" } } as const;
  const { hits } = await books.query({ nearest: [1, 0, 0], field: "body", filter, limit: 2 });
  await books.update({ filter: { field: "year", range: { lt: 1900 } } }, { setPayload: { year: 1816 } });
  const { values } = await books.facet({ field: "author.name" });
  return [hits.map(({ id }) => id), (await books.get(["emma"]))[0]?.payload?.year, values.length];
}

// In production: a folder, `franca serve`, and a Qdrant's own address.
const server = await startServer();
const engine = await open(":memory:");
const remote = await open(server.url);
const vendor = qdrant({ url: server.urls.qdrant! });

const expected = await program(engine);
console.log(expected); // [ [ 'dune', 18446744073709551615n ], 1816, 2 ]
for (const store of [remote, vendor]) {
  const answers = await program(store);
  if (String(answers) !== String(expected))
    throw new Error(`${store.abilities.name} says ${String(answers)}`);
  await store.drop("books");
}
await Promise.all([engine, remote, vendor].map((store) => store.close()));
await server.stop();
