/**
 * `franca add`: files and folders into a collection, incrementally, with progress; Ctrl-C finishes the batch.
 */
import type { ArgsDef, CommandDef } from "citty";
import { isCancelled } from "../errors.ts";
import type { Problem } from "../rag/documents/document.ts";
import { findFiles } from "../rag/documents/files-node.ts";
import { type IngestReport, ingest } from "../rag/ingest/ingest.ts";
import { openChunks } from "../rag/ingest/schema.ts";
import { type Arguments, command } from "./command.ts";
import {
  type Database,
  databaseArgs,
  databaseFolder,
  embedderFor,
  openablePath,
  openDatabase,
  recordEmbedder,
  recordedEmbedder,
} from "./database.ts";
import { withInterrupt } from "./interrupt.ts";
import { bold, counted, dim, grouped, seconds, yellow } from "./paint.ts";
import { showProgress } from "./progress.ts";

const args = {
  paths: {
    type: "positional",
    description: "Files and folders: text, Markdown, HTML, JSON Lines",
    required: true,
  },
  ...databaseArgs,
  "chunk-size": {
    type: "string",
    valueHint: "characters",
    description: "Largest chunk of a document (default 1000)",
  },
  "record-size": {
    type: "string",
    valueHint: "characters",
    description: "A JSON Lines record up to this stays whole (default 16000)",
  },
  json: { type: "boolean", description: "Print the report as JSON" },
} as const satisfies ArgsDef;

export const add: CommandDef = command(
  {
    name: "add",
    description: "Add files and folders to a collection, or bring it up to date with them",
    args,
  },
  run,
);

/** A transformer takes seconds for a batch of hundreds; Ctrl-C shall not wait for that. */
const batchSizes = { static: 512, transformers: 64 };

function run(given: Arguments): Promise<number> {
  return withInterrupt((signal) => addAll(given, signal));
}

async function addAll(given: Arguments, signal: AbortSignal): Promise<number> {
  const limit = given.count("chunk-size");
  const recordLimit = given.count("record-size");
  const collection = given.text("collection")!;
  const database = await openDatabase(databaseFolder(given));
  const progress = showProgress();
  const started = performance.now();
  try {
    const found = await findFiles(given.words, database.base);
    const spec = given.text("embedder") ?? (await recordedEmbedder(database, collection)) ?? "static";
    const embedder = await embedderFor(spec);
    // Refuses another model before its name is written down.
    await openChunks(database.store, collection, embedder);
    await recordEmbedder(database, collection, spec);
    const report = await ingest({
      store: database.store,
      embedder,
      collection,
      ...found,
      batchSize: spec === "static" ? batchSizes.static : batchSizes.transformers,
      chunk: {
        ...(limit === undefined ? {} : { limit }),
        ...(recordLimit === undefined ? {} : { recordLimit }),
      },
      signal,
      onProgress: progress.update,
    });
    progress.stop();
    tell(given, database, report, performance.now() - started, false);
    return report.problems.length > 0 ? 1 : 0;
  } catch (error) {
    progress.stop();
    if (!isCancelled(error) || error.details.report === undefined) throw error;
    tell(given, database, error.details.report as IngestReport, performance.now() - started, true);
    return 130;
  } finally {
    await database.store.close();
  }
}

function tell(
  given: Arguments,
  database: Database,
  report: IngestReport,
  timeMs: number,
  stopped: boolean,
): void {
  const problems = report.problems.map((problem) => ({
    ...problem,
    source: openablePath(problem.source, database.base),
  }));
  tellProblems(problems);
  if (given.flag("json")) {
    process.stdout.write(`${JSON.stringify({ ...report, problems, timeMs: Math.round(timeMs), stopped })}\n`);
    return;
  }
  const { files, chunks } = report;
  const did = (["added", "changed", "renamed", "removed", "unchanged", "failed"] as const)
    .filter((kind) => files[kind] > 0)
    .map((kind) => `${grouped(files[kind])} ${kind}`);
  const written = chunks.embedded + chunks.reused;
  const rate = written > 0 ? dim(` (${grouped((written / timeMs) * 1000)} chunks/s)`) : "";
  process.stdout.write(
    `${bold(counted(files.total, "file"))}: ${did.join(", ") || "nothing to do"}\n` +
      `${bold(counted(chunks.embedded, "chunk"))} embedded${chunks.reused > 0 ? `, ${grouped(chunks.reused)} kept their vectors` : ""}` +
      `${chunks.removed > 0 ? `, ${grouped(chunks.removed)} removed` : ""} in ${seconds(timeMs)}${rate}\n`,
  );
  if (report.empty > 0) process.stdout.write(dim(`${counted(report.empty, "document")} without text\n`));
  if (chunks.truncated > 0)
    process.stderr.write(
      yellow(
        `${counted(chunks.truncated, "chunk")} longer than the model reads: the end counts for keywords only; a smaller --chunk-size or --record-size helps\n`,
      ),
    );
  if (stopped)
    process.stdout.write(
      "Stopped: what is written is safe and searchable. Run the same command again to go on from here.\n",
    );
}

const problemsShown = 20;

function tellProblems(problems: readonly Problem[]): void {
  for (const { source, line, message } of problems.slice(0, problemsShown))
    process.stderr.write(`${yellow(`${source}${line === undefined ? "" : `:${line}`}:`)} ${message}\n`);
  if (problems.length > problemsShown)
    process.stderr.write(
      yellow(`… and ${counted(problems.length - problemsShown, "more problem")} (--json shows all)\n`),
    );
}
