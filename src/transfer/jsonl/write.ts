/**
 * JSON Lines: a header, one point a line, and a last line with their number, so that a file cut short is recognised.
 */
import type { StoredPoint } from "../../model/point.ts";
import { type CollectionHeader, encodeHeader } from "../header.ts";
import type { ByteSink } from "../stream.ts";
import type { RecordWriter } from "../writer.ts";
import { vectorText } from "./vector-text.ts";

export function jsonlWriter(sink: ByteSink, header: CollectionHeader): RecordWriter {
  const encoder = new TextEncoder();
  let points = 0;
  let isBegun = false;
  const write = async (lines: readonly string[]): Promise<number> => {
    const all = isBegun ? lines : [encodeHeader(header), ...lines];
    isBegun = true;
    const bytes = encoder.encode(all.map((line) => `${line}\n`).join(""));
    await sink(bytes);
    return bytes.length;
  };
  return {
    async write(page) {
      points += page.length;
      return write(page.map(lineOf));
    },
    finish: () => write([JSON.stringify({ franca: "end", points })]),
  };
}

/** Ids are whole numbers of any size: JSON has no limit, and `import` reads every digit. */
function lineOf({ id, vectors = {}, payload = {} }: StoredPoint): string {
  const fields = Object.entries(vectors).map(
    ([name, vector]) => `${JSON.stringify(name)}:${vectorText(vector!)}`,
  );
  const idText = typeof id === "string" ? JSON.stringify(id) : String(id);
  return `{"id":${idText},"vectors":{${fields.join()}},"payload":${JSON.stringify(payload)}}`;
}
