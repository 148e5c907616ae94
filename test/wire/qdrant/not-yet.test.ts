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
  it("languages without stop words or a stemmer are refused as such; other ways to cut words are served", async () => {
    const asked = await collection();
    const index = (params: object) =>
      asked("PUT", "/index", { field_name: "t", field_schema: { type: "text", ...params } });
    const refusal = (what: string) => [501, `Not implemented: ${what} are not served by Franca yet`];
    expect(await index({ stopwords: "kazakh" })).toEqual(refusal('stop words in "kazakh"'));
    const greek = { type: "snowball", language: "greek" };
    expect(await index({ stemmer: greek })).toEqual(refusal('stemmers of "greek"'));
    for (const params of [
      { tokenizer: "prefix", min_token_len: 2, max_token_len: 5 },
      { tokenizer: "whitespace", lowercase: false },
      { stopwords: { languages: ["english"], custom: ["foo"] }, stemmer: { ...greek, language: "english" } },
      { ascii_folding: true, phrase_matching: true },
    ])
      expect(await index(params)).toEqual([200, "answered"]);
  });
});
