/** What Qdrant does and Franca does not yet is refused as that, by name; nothing is answered by something else. */
import { describe, expect, it } from "vitest";
import { served } from "./served.ts";

type Asked = (method: string, path: string, body: object) => Promise<[number, string]>;

/** Asks below a collection of two points. */
async function collection(): Promise<Asked> {
  const { client, server } = await served();
  await client.createCollection("c", { vectors: { size: 2, distance: "Dot" } });
  await client.createPayloadIndex("c", { field_name: "n", field_schema: "integer", wait: true });
  await client.upsert("c", {
    points: [
      { id: 1, vector: [1, 0], payload: { n: 1 } },
      { id: 2, vector: [0, 1], payload: { n: 2 } },
    ],
  });
  return async (method, path, body) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${server.url}/collections/c${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    const { status } = (await answer.json()) as { status: { error?: string } };
    return [answer.status, status.error ?? "answered"];
  };
}

describe("what is not there yet", () => {
  const refusal = (what: string) => [501, `Not implemented: ${what} are not served by Franca yet`];

  it("text indexes that would cut words otherwise are refused; those that would not are made", async () => {
    const asked = await collection();
    const index = (params: object) =>
      asked("PUT", "/index", { field_name: "t", field_schema: { type: "text", ...params } });
    for (const [params, words] of [
      [{ tokenizer: "prefix" }, '`tokenizer` "prefix"'],
      [{ lowercase: false }, "`lowercase` false"],
      [{ min_token_len: 2 }, "`min_token_len` 2"],
      [{ stopwords: { custom: ["foo"] } }, '`stopwords` {"custom":["foo"]}'],
      [{ stopwords: "english" }, '`stopwords` "english"'],
    ] as const)
      expect(await index(params)).toEqual(refusal(`text indexes with ${words}`));
    const usual = { tokenizer: "word", lowercase: true, phrase_matching: true, stopwords: { custom: [] } };
    expect(await index(usual)).toEqual([200, "answered"]);
  });
});
