/**
 * Chunks as they will be stored: their ids, their payloads, and the text that is embedded.
 */
import type { PointId } from "../../model/id.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { Chunk } from "../chunks/chunk.ts";
import type { Document } from "../documents/document.ts";
import type { FileWork } from "./batch.ts";
import { shortHash } from "./hash.ts";
import { reservedKeys } from "./schema.ts";

export interface PreparedChunk {
  work: FileWork;
  id: PointId;
  line: number;
  payload: Payload;
  /** What is embedded. */
  input: string;
  /** Of `input`. */
  hash: string;
}

export async function prepareChunks(
  items: readonly { work: FileWork; document: Document; chunk: Chunk }[],
): Promise<PreparedChunk[]> {
  const inputs = items.map(({ document, chunk }) => embeddedText(document, chunk));
  const hashes = await Promise.all(inputs.map(shortHash));
  const prepared: PreparedChunk[] = [];
  for (const [i, { work, document, chunk }] of items.entries()) {
    const hash = hashes[i]!;
    const place = document.locate(chunk.start, chunk.end);
    prepared.push({
      work,
      id: document.record ? recordChunkId(document.id, chunk.ordinal) : await fileChunkId(work, hash),
      line: place.line,
      payload: chunkPayload(document, chunk, place, hash),
      input: inputs[i]!,
      hash,
    });
  }
  return prepared;
}

/** A record's own id; further chunks of a long one are "id#2", "id#3" … */
function recordChunkId(id: PointId, ordinal: number): PointId {
  return ordinal === 0 ? id : `${id}#${ordinal + 1}`;
}

/** From the content, so that a chunk that only moves keeps its id; equal chunks of a file are counted. */
async function fileChunkId(work: FileWork, hash: string): Promise<string> {
  const occurrence = work.hashes.get(hash) ?? 0;
  work.hashes.set(hash, occurrence + 1);
  return shortHash(`${work.row.key}\0${hash}\0${occurrence}`);
}

/** The chunk with the headings above it, as far as it does not hold them itself. */
function embeddedText(document: Document, chunk: Chunk): string {
  const above = headingPath(document, chunk).filter((heading) => !chunk.text.includes(heading));
  return above.length === 0 ? chunk.text : `${above.join(" > ")}\n${chunk.text}`;
}

/** The title, then the headings; a title that is the first heading is not told twice. */
function headingPath(document: Document, chunk: Chunk): string[] {
  const { title } = document;
  const headings = chunk.headings.filter((heading) => heading !== "");
  return title === "" || headings[0] === title ? headings : [title, ...headings];
}

function chunkPayload(
  document: Document,
  chunk: Chunk,
  place: { start: number; end: number; line: number },
  hash: string,
): Payload {
  const payload: Payload = {};
  const moved: Payload = {};
  for (const [key, value] of Object.entries(document.metadata))
    if (reservedKeys.includes(key)) moved[key] = value;
    else payload[key] = value;
  // A record's own "metadata" object stays, and takes the keys that have no other place.
  if (Object.keys(moved).length > 0) payload.metadata = { ...asObject(payload.metadata), ...moved };
  payload.source = document.source;
  payload.title = document.title;
  if (!document.record) payload.heading = headingPath(document, chunk).join(" > ");
  payload.text = chunk.text;
  payload.chunk = {
    document: document.id as string | number,
    ordinal: chunk.ordinal,
    start: place.start,
    end: place.end,
    line: place.line,
    hash,
    record: document.record,
  };
  return payload;
}

function asObject(value: JsonValue | undefined): Payload {
  if (value === undefined) return {};
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { value };
}

/** Equal as JSON, whatever the order of keys. */
export function samePayload(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && samePayload((a as Payload)[key], (b as Payload)[key]))
  );
}
