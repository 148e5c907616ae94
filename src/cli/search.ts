/**
 * `franca search`: chunks and records by meaning, by words or both; one question, or a file of them.
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { ArgsDef, CommandDef } from "citty";
import { FrancaError } from "../errors.ts";
import type { Warning } from "../model/result.ts";
import { type DocumentHit, type SearchMode, searchDocuments } from "../rag/search/search.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { type Documents, databaseArgs, openablePath, openDocuments, recordedSource } from "./database.ts";
import { write } from "./output.ts";
import { bold, cyan, dim, yellow } from "./paint.ts";
import { parseFilters } from "./where.ts";

export const retrievalArgs: ArgsDef = {
  ...databaseArgs,
  mode: {
    type: "enum",
    options: ["hybrid", "vector", "keyword"],
    default: "hybrid",
    description: "By meaning and words, by meaning alone, by words alone",
  },
  filter: {
    type: "string",
    valueHint: "json",
    description: `A filter, such as '{"field":"year","range":{"gte":2020}}'`,
  },
  where: {
    type: "string",
    valueHint: "field=value",
    description: "Short for a filter; also != > >= < <= ~ (holds the words); may be repeated",
  },
};

const args = {
  text: { type: "positional", description: "What to look for", required: false },
  ...retrievalArgs,
  limit: { type: "string", valueHint: "n", description: "How many results", default: "10" },
  queries: {
    type: "string",
    valueHint: "file.jsonl",
    description: 'Many questions, {"id","text"} a line: one line of JSON is printed for each',
  },
  json: { type: "boolean", description: "Print JSON" },
} as const satisfies ArgsDef;

export const search: CommandDef = command(
  { name: "search", description: "Search a collection of documents", args },
  run,
);

async function run(given: Arguments): Promise<number> {
  const queries = given.text("queries");
  const limit = given.count("limit")!;
  const mode = given.text("mode") as SearchMode;
  if (queries === undefined && given.words.length !== 1)
    throw new UsageError(`expected one text to look for, in quotes; got ${given.words.length}`);
  if (queries !== undefined && given.words.length > 0)
    throw new UsageError("expected a text or --queries, not both");
  const documents = await openDocuments(given, mode !== "keyword");
  try {
    const find = finder(documents, given, { limit, mode });
    if (queries === undefined) await answerOne(find, documents, given, given.words[0]!);
    else await answerMany(find, documents, queries);
    return 0;
  } finally {
    await documents.embedder?.close();
    await documents.store.close();
  }
}

type Find = (text: string) => ReturnType<typeof searchDocuments>;

function finder(
  { collection, embedder, base }: Documents,
  given: Arguments,
  options: { limit: number; mode: SearchMode },
): Find {
  const filter = parseFilters(
    given.text("filter"),
    given.all("where").map((text) => sourceAsRecorded(text, base)),
    collection.schema,
  );
  return (text) =>
    searchDocuments({
      collection,
      text,
      ...options,
      ...(embedder === undefined ? {} : { embedder }),
      ...(filter === undefined ? {} : { filter }),
    });
}

/** A path as it is typed here means the source as it is recorded. */
export function sourceAsRecorded(where: string, base: string): string {
  const path = /^source(!?=)(.+)$/s.exec(where);
  return path === null ? where : `source${path[1]}${recordedSource(path[2]!, base)}`;
}

async function answerOne(find: Find, documents: Documents, given: Arguments, text: string): Promise<void> {
  const started = performance.now();
  const { hits, shortfall, warnings } = await find(text);
  const timeMs = performance.now() - started;
  if (given.flag("json")) {
    const shown = hits.map((hit) => jsonHit(hit, documents));
    await write(`${JSON.stringify({ query: text, hits: shown, shortfall, warnings, timeMs })}\n`);
    return;
  }
  tellWarnings(warnings);
  for (const [i, hit] of hits.entries()) {
    const place = `${openablePath(hit.source, documents.base)}:${hit.line}`;
    const name = hit.payload.chunk.record
      ? `${hit.title || hit.id} ${dim(`(${hit.id})`)}`
      : (hit.heading ?? "");
    await write(
      `${bold(`${i + 1}.`)} ${cyan(place)}  ${name}  ${dim(hit.score.toFixed(4) + legsOf(hit))}\n   ${excerpt(hit.text)}\n`,
    );
  }
  if (hits.length === 0) await write(`Nothing found. ${shortfall?.message ?? ""}\n`);
}

async function answerMany(find: Find, documents: Documents, file: string): Promise<void> {
  const warned = new Set<string>();
  let line = 0;
  const input = createReadStream(file);
  // Without this, a file that is not there would be thrown past everything.
  const opened = new Promise<void>((resolve, reject) => {
    input.once("open", () => resolve());
    input.once("error", (cause) =>
      reject(new FrancaError("not_found", `--queries: ${cause.message}`, { cause })),
    );
  });
  await opened;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() === "") continue;
    const query = parseQuery(text, `${file}:${line}`);
    const { hits, warnings } = await find(query.text);
    const fresh = warnings.filter((warning) => !warned.has(warning.code));
    for (const warning of fresh) warned.add(warning.code);
    tellWarnings(fresh);
    await write(`${JSON.stringify({ id: query.id, hits: hits.map((hit) => jsonHit(hit, documents)) })}\n`);
  }
}

function parseQuery(line: string, place: string): { id: string | number; text: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new FrancaError(
      "invalid_argument",
      `${place}: expected one JSON object a line; ${(error as Error).message}`,
    );
  }
  const { id, text } = (value ?? {}) as { id?: unknown; text?: unknown };
  if ((typeof id === "string" || typeof id === "number") && typeof text === "string") return { id, text };
  throw new FrancaError(
    "invalid_argument",
    `${place}: expected {"id": …, "text": "…"}; got ${line.slice(0, 80)}`,
  );
}

/** A hit for programs; a record's own metadata is beside our fields. */
function jsonHit(hit: DocumentHit, { base }: Documents): { [key: string]: unknown } {
  const { payload, source, id, point, ...rest } = hit;
  const { text: _text, source: _source, title: _title, heading: _heading, chunk, ...metadata } = payload;
  return { id, point, source: openablePath(source, base), ...rest, document: chunk.document, metadata };
}

export function tellWarnings(warnings: readonly Warning[]): void {
  for (const warning of warnings) process.stderr.write(`${yellow("warning:")} ${warning.message}\n`);
}

function legsOf(hit: DocumentHit): string {
  const legs = Object.entries(hit.legs ?? {}).map(([name, { rank }]) => `${name} #${rank + 1}`);
  return legs.length === 0 ? "" : ` (${legs.join(", ")})`;
}

const excerptLength = 160;

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ");
  if (line.length <= excerptLength) return line;
  return `${line
    .slice(0, excerptLength)
    .replace(/[\uD800-\uDBFF]$/, "")
    .trimEnd()} …`;
}
