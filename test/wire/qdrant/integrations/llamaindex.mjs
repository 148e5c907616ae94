/** LlamaIndex's Qdrant store as its users write it, against the Qdrant at $QDRANT_URL. Prints what it was answered as JSON. */
import { BaseEmbedding } from "@llamaindex/core/embeddings";
import { TextNode } from "@llamaindex/core/schema";
import { FilterCondition, FilterOperator } from "@llamaindex/core/vector-store";
import { QdrantVectorStore } from "@llamaindex/qdrant";

/** Nodes and queries bring their vectors; a store wants a model all the same. */
class None extends BaseEmbedding {
  async getTextEmbedding() {
    throw new Error("nothing is embedded here");
  }
}

const store = new QdrantVectorStore({
  url: process.env.QDRANT_URL,
  apiKey: process.env.QDRANT_API_KEY,
  collectionName: "llamaindex",
  embeddingModel: new None(),
});

const texts = ["tides", "bread", "moon", "tea"];
const nodes = texts.map(
  (text, i) =>
    new TextNode({
      id_: `00000000-0000-4000-8000-00000000000${i}`,
      text,
      metadata: {
        year: 2000 + i,
        kind: i % 2 === 0 ? "sky" : "kitchen",
        ...(i === 3 && { tags: ["green", "hot"] }),
      },
      embedding: [Math.cos(i), Math.sin(i), 0.25],
      relationships: { SOURCE: { nodeId: `doc-${i % 2}`, metadata: {} } },
    }),
);
const ids = await store.add(nodes);

const ask = async (filters, more = {}) => {
  const { nodes: found, similarities } = await store.query({
    queryEmbedding: [1, 0, 0.25],
    similarityTopK: 10,
    mode: "default",
    ...(filters && { filters: { filters } }),
    ...more,
  });
  return found.map((node, i) => [node.text, Number(similarities[i].toFixed(4))]);
};
const texts_ = async (filters, more) => (await ask(filters, more)).map(([text]) => text).sort();

const answers = {
  ids,
  near: await ask(undefined, { similarityTopK: 2 }),
  equal: await texts_([{ key: "kind", value: "sky", operator: FilterOperator.EQ }]),
  number: await texts_([{ key: "year", value: 2001, operator: FilterOperator.EQ }]),
  later: await texts_([{ key: "year", value: 2002, operator: FilterOperator.GTE }]),
  other: await texts_([{ key: "kind", value: "sky", operator: FilterOperator.NE }]),
  among: await texts_([{ key: "tags", value: ["hot", "cold"], operator: FilterOperator.IN }]),
  words: await texts_([{ key: "kind", value: "itch", operator: FilterOperator.TEXT_MATCH }]),
  without: await texts_([{ key: "tags", operator: FilterOperator.IS_EMPTY }]),
  either: await texts_(undefined, {
    filters: {
      condition: FilterCondition.OR,
      filters: [
        { key: "year", value: 2000, operator: FilterOperator.EQ },
        { key: "kind", value: "kitchen", operator: FilterOperator.EQ },
      ],
    },
  }),
  documents: await texts_(undefined, { docIds: ["doc-1"] }),
};
await store.delete("doc-0");
console.log(JSON.stringify({ ...answers, left: await texts_() }));
