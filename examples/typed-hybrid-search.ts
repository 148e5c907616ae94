// A typed schema: payloads and filters are checked by the compiler, and hybrid search runs under a filter.
import { defineSchema, hybridSearch, open, staticEmbedder } from "franca";

const embedder = await staticEmbedder();
const schema = defineSchema({
  vectors: { plot: { dimension: 256, model: embedder.model } },
  payload: { title: { type: "text" }, plot: { type: "text" }, year: { type: "integer" } },
});
const films = [
  { title: "Solaris", year: 1972, plot: "A psychologist is sent to a station over a thinking ocean." },
  { title: "Alien", year: 1979, plot: "The crew of a freighter meets a deadly creature." },
  {
    title: "Gravity",
    year: 2013,
    plot: "Two astronauts are stranded in orbit after debris hits their shuttle.",
  },
];

const store = await open(":memory:");
const collection = await store.create("films", schema);
const { vectors } = await embedder.embedText(films.map((film) => film.plot));
await collection.upsert(
  films.map((film, i) => ({
    id: i,
    vector: vectors.subarray(i * embedder.dimension, (i + 1) * embedder.dimension),
    payload: film,
  })),
);

const { hits } = await hybridSearch(collection, {
  text: "stranded in space",
  embedder,
  filter: { field: "year", range: { gte: 1975 } },
  limit: 2,
});
for (const { payload, score, legs } of hits) console.log(payload?.title, score.toFixed(4), legs);
if (hits[0]?.payload?.title !== "Gravity") throw new Error("Gravity should come first");
await store.close();
