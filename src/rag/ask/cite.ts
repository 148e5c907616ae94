/**
 * Quotes with the place they stand. Each is compared with the chunk as it is stored now: what does not stand there
 * word for word is not given.
 */
import type { Collection } from "../../store.ts";
import { chunkPayloadOf } from "../ingest/schema.ts";
import type { DocumentHit } from "../search/search.ts";
import type { Citation } from "./ask.ts";
import type { Candidate } from "./passages.ts";

export async function verifyQuotes(
  collection: Collection,
  chosen: readonly Candidate[],
): Promise<Citation[]> {
  const points = await collection.get(
    chosen.map(({ hit }) => hit.point),
    { payload: true },
  );
  const citations: Citation[] = [];
  for (const [i, { hit, start, end, text }] of chosen.entries()) {
    const stored = chunkPayloadOf(points[i]?.payload);
    // It was changed or deleted since it was found.
    if (stored === undefined || stored.text.slice(start, end) !== text) continue;
    const { id, point, source, title, heading } = hit;
    citations.push({
      number: citations.length + 1,
      id,
      point,
      source,
      title,
      ...(heading === undefined ? {} : { heading }),
      quote: text,
      ...placeOf(hit, start, end),
    });
  }
  return citations;
}

function placeOf(hit: DocumentHit, start: number, end: number): { span: [number, number]; line: number } {
  const [chunkStart, chunkEnd] = hit.span;
  // Only HTML's spans are not as long as their text.
  if (chunkEnd - chunkStart !== hit.text.length) return { span: hit.span, line: hit.line };
  const lines = hit.payload.chunk.record ? 0 : hit.text.slice(0, start).split("\n").length - 1;
  return { span: [chunkStart + start, chunkStart + end], line: hit.line + lines };
}
