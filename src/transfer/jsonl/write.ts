/**
 * JSON Lines: a header, one point a line, and a last line with their number, so that a file cut short is recognised.
 */
import type { SparseVector, StoredPoint } from "../../model/point.ts";
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
function lineOf({ id, vectors = {}, sparse = {}, multi = {}, payload = {} }: StoredPoint): string {
  const idText = typeof id === "string" ? JSON.stringify(id) : String(id);
  const parts = [`"id":${idText}`, `"vectors":${byField(vectors, (vector) => vectorText(vector!))}`];
  if (Object.keys(sparse).length > 0) parts.push(`"sparse":${byField(sparse, (one) => sparseText(one!))}`);
  if (Object.keys(multi).length > 0) {
    const rows = byField(multi, (some) => `[${some!.map(vectorText).join()}]`);
    parts.push(`"multi":${rows}`);
  }
  return `{${parts.join()},"payload":${JSON.stringify(payload)}}`;
}

function sparseText({ indices, values }: SparseVector): string {
  return `{"indices":[${indices.join()}],"values":${vectorText(values)}}`;
}

function byField<T>(vectors: { [field: string]: T }, text: (vector: T) => string): string {
  const fields = Object.entries(vectors).map(([name, vector]) => `${JSON.stringify(name)}:${text(vector)}`);
  return `{${fields.join()}}`;
}
