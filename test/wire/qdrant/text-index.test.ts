/** Text indexes with their parameters: which words match, and what is reported back. */
import type { Schemas } from "@qdrant/js-client-rest";
import { describe, expect, it } from "vitest";
import { type Served, served } from "./served.ts";

const texts = ["Running foxes", "the lighthouse keeper", "Ação direta", "fox-trot & Running"];

type Params = Omit<Schemas["TextIndexParams"], "type">;

async function indexed(params: Params): Promise<(match: object) => Promise<unknown[]>> {
  const { client } = await served();
  await client.createCollection("t", { vectors: { size: 1, distance: "Dot" } });
  const field_schema = { type: "text" as const, ...params };
  await client.createPayloadIndex("t", { field_name: "s", field_schema });
  await client.upsert("t", { points: texts.map((s, i) => ({ id: i + 1, vector: [1], payload: { s } })) });
  const { payload_schema } = await client.getCollection("t");
  expect(payload_schema.s).toEqual({ data_type: "text", params: field_schema, points: 4 });
  return foundBy(client);
}

function foundBy(client: Served["client"]) {
  return async (match: object) => {
    const { points } = await client.scroll("t", { filter: { must: [{ key: "s", match: match as never }] } });
    return points.map(({ id }) => id);
  };
}

describe("a text index", () => {
  it("cuts by word, in lower case, of some length", async () => {
    const found = await indexed({ tokenizer: "word", min_token_len: 2, max_token_len: 7, lowercase: true });
    expect(await found({ text: "running" })).toEqual([1, 4]);
    expect(await found({ text: "fox" })).toEqual([4]);
    // Too long to be in the index; and nothing is left to ask for.
    expect(await found({ text: "lighthouse" })).toEqual([]);
    expect(await found({ text: "keeper lighthouse" })).toEqual([2]);
    expect(await found({ text_any: "keeper foxes" })).toEqual([1, 2]);
  });

  it("cuts at white space, in the writing of the text", async () => {
    const found = await indexed({ tokenizer: "whitespace", lowercase: false });
    expect(await found({ text: "fox-trot" })).toEqual([4]);
    expect(await found({ text: "running" })).toEqual([]);
    expect(await found({ phrase: "& Running" })).toEqual([4]);
  });

  it("finds words by how they begin", async () => {
    const found = await indexed({ tokenizer: "prefix", min_token_len: 2, max_token_len: 5 });
    expect(await found({ text: "ligh" })).toEqual([2]);
    expect(await found({ text: "lighthouses" })).toEqual([2]);
    expect(await found({ text: "fo" })).toEqual([1, 4]);
    expect(await found({ text: "l" })).toEqual([]);
  });

  it("folds, leaves stop words out, and stems", async () => {
    const found = await indexed({
      ascii_folding: true,
      stopwords: { languages: ["english"], custom: ["direta"] },
      stemmer: { type: "snowball", language: "english" },
    } as Params);
    expect(await found({ text: "acao direta" })).toEqual([3]);
    expect(await found({ text: "the foxes run" })).toEqual([1, 4]);
  });
});
