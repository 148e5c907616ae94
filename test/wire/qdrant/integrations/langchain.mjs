/** LangChain's Qdrant store as its users write it, against the Qdrant at $QDRANT_URL. Prints what it was answered as JSON. */
import { Document } from "@langchain/core/documents";
import { Embeddings } from "@langchain/core/embeddings";
import { QdrantVectorStore } from "@langchain/qdrant";

/** Counts letters: deterministic, and near for texts that share words. */
class Letters extends Embeddings {
  constructor() {
    super({});
  }
  async embedQuery(text) {
    const counts = new Array(26).fill(0);
    for (const letter of text.toLowerCase()) {
      const at = letter.charCodeAt(0) - 97;
      if (at >= 0 && at < 26) counts[at]++;
    }
    const length = Math.hypot(...counts) || 1;
    return counts.map((count) => count / length);
  }
  embedDocuments(texts) {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }
}

const settings = {
  url: process.env.QDRANT_URL,
  apiKey: process.env.QDRANT_API_KEY,
  collectionName: "langchain",
};
const embeddings = new Letters();
const ids = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`);

const store = await QdrantVectorStore.fromTexts(
  ["tides of the sea", "bread and butter", "moon over the sea"],
  [
    { page: 1, tags: ["water"] },
    { page: 2, tags: ["food"] },
    { page: 3, tags: ["water", "night"] },
  ],
  embeddings,
  settings,
);
await store.addDocuments(
  ids.map((id, i) => new Document({ id, pageContent: `tea number ${i}`, metadata: { page: 10 + i } })),
  { customPayload: ids.map((_, i) => ({ shelf: i })) },
);
const opened = await QdrantVectorStore.fromExistingCollection(embeddings, settings);

const near = await opened.similaritySearch("the sea at night", 2);
const water = { must: [{ key: "metadata.tags", match: { value: "water" } }] };
const scored = await opened.similaritySearchWithScore("moon", 3, water);
const night = {
  must: [{ key: "metadata.tags[]", match: { any: ["night"] } }],
  must_not: [{ key: "metadata.page", range: { gt: 9 } }],
};
const retrieved = await opened.asRetriever({ k: 5, filter: night }).invoke("sea");
const diverse = await opened.maxMarginalRelevanceSearch("tea", { k: 3, fetchK: 4, lambda: 0.5 });

await opened.delete({ ids: [ids[0]] });
const afterIds = await opened.similaritySearch("tea number", 10);
await opened.delete({ filter: { must: [{ key: "customPayload.shelf", range: { gte: 2 } }] } });
const afterFilter = await opened.similaritySearch("tea number", 10);
const refused = await opened
  .addDocuments([new Document({ id: "not-a-uuid", pageContent: "x", metadata: {} })])
  .catch((error) => error.message);

console.log(
  JSON.stringify({
    near: near.map(({ pageContent }) => pageContent),
    scored: scored.map(([{ pageContent, metadata, id }, score]) => [pageContent, metadata, typeof id, score]),
    retrieved: retrieved.map(({ metadata }) => metadata),
    diverse: diverse.length,
    afterIds: afterIds.length,
    afterFilter: afterFilter.map(({ pageContent }) => pageContent).sort(),
    refused,
  }),
);
