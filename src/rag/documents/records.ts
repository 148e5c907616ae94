/**
 * JSON Lines: one record a line, `{id, title?, text, ...metadata}`. A record's text is `title + "\n" + text`,
 * `text` alone where the title is empty; its id stays its own. A line that is no record is a problem that names
 * its line; the others are kept.
 */
import { normalizeId, type PointId } from "../../model/id.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { Document, Problem } from "./document.ts";
import { paragraphs } from "./text.ts";

export function* recordDocuments(
  source: string,
  bytes: Uint8Array,
  onProblem: (problem: Problem) => void,
): Generator<Document> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const newline = 0x0a;
  let line = 0;
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(newline, from);
    const to = found < 0 ? bytes.length : found;
    line++;
    const read = parseRecord(source, line, bytes.subarray(from, to), decoder);
    if (typeof read === "string") onProblem({ source, line, message: read });
    else if (read !== undefined) yield read;
    from = to + 1;
  }
}

/** A document; what is wrong with the line; or undefined for a blank one. */
function parseRecord(
  source: string,
  line: number,
  bytes: Uint8Array,
  decoder: TextDecoder,
): Document | string | undefined {
  let value: unknown;
  try {
    const text = decoder.decode(bytes);
    if (text.trim() === "") return undefined;
    value = JSON.parse(text);
  } catch (error) {
    return `expected one JSON object a line; ${(error as Error).message}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return `expected a JSON object with "id" and "text"; got ${Array.isArray(value) ? "an array" : JSON.stringify(value)}`;
  const { id: rawId, title, text, ...metadata } = value as { [key: string]: JsonValue };
  let id: PointId;
  try {
    id = normalizeId(rawId);
  } catch (error) {
    return `"id": ${(error as Error).message}`;
  }
  if (typeof text !== "string") return `"text" must be a string; got ${JSON.stringify(text) ?? "nothing"}`;
  if (title !== undefined && title !== null && typeof title !== "string")
    return `"title" must be a string where it is given; got ${JSON.stringify(title)}`;
  return record(source, line, id, title ?? "", text, metadata);
}

function record(
  source: string,
  line: number,
  id: PointId,
  title: string,
  body: string,
  metadata: Payload,
): Document {
  const text = title === "" ? body : `${title}\n${body}`;
  const headings = title === "" ? [] : [title];
  return {
    id,
    source,
    title,
    text,
    blocks: [...paragraphs(text)].map(([start, end]) => ({ start, end, kind: "prose", headings })),
    metadata,
    record: true,
    locate: (start, end) => ({ start, end, line }),
  };
}
