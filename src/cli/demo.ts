/**
 * `franca demo`: Franca over its own documentation, in a database that is gone afterwards: questions answered with
 * sources, a filtered search, and what it cost.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandDef } from "citty";
import { staticEmbedder } from "../embedders/static.ts";
import { open } from "../engine/open.ts";
import { FrancaError } from "../errors.ts";
import { type Answer, ask } from "../rag/ask/ask.ts";
import { findFiles } from "../rag/documents/files-node.ts";
import { ingest } from "../rag/ingest/ingest.ts";
import { searchDocuments } from "../rag/search/search.ts";
import { showAnswer } from "./ask.ts";
import { type Arguments, command } from "./command.ts";
import { packageFolder } from "./database.ts";
import { write } from "./output.ts";
import { bold, counted, cyan, dim, grouped, seconds } from "./paint.ts";

/** Each is answered by one page of the documentation; test/cli/demo.test.ts holds the demo to it. */
export const demoQuestions: readonly { question: string; from: string }[] = [
  { question: "What happens to the chunks of a renamed file?", from: "docs/rag.md" },
  { question: "When should I use a transformer instead of the static model?", from: "docs/embeddings.md" },
  { question: "What does the exit code 130 mean?", from: "docs/cli.md" },
];
const filtered = { text: "how to filter a search", source: "docs/cli.md" };

export const demo: CommandDef = command(
  {
    name: "demo",
    description: "See it work: ask Franca's own documentation",
    args: { json: { type: "boolean", description: "Print JSON" } },
  },
  run,
);

interface Asked {
  answer: Answer;
  timeMs: number;
}

async function run(given: Arguments): Promise<number> {
  const quiet = given.flag("json");
  const say = async (text: string): Promise<void> => (quiet ? undefined : write(text));
  const started = performance.now();
  const root = packageFolder();
  const paths = ["README.md", "docs"].map((name) => join(root, name)).filter((path) => existsSync(path));
  if (paths.length === 0)
    throw new FrancaError("not_found", `the documentation is missing in ${root}; install the package again`);
  const folder = await mkdtemp(join(tmpdir(), "franca-demo-"));
  try {
    const embedder = await staticEmbedder();
    const store = await open(folder);
    const openedMs = performance.now() - started;
    const report = await ingest({ store, embedder, ...(await findFiles(paths, root)) });
    const indexedMs = performance.now() - started - openedMs;
    const collection = await store.collection("documents");
    await say(
      `${bold("franca add README.md docs")}\n${counted(report.files.total, "file")}, ${counted(report.chunks.embedded, "chunk")} embedded and stored durably in ${seconds(indexedMs)}\n`,
    );
    const asked: Asked[] = [];
    for (const { question } of demoQuestions) {
      const begun = performance.now();
      const answer = await ask({ collection, embedder, question, sentences: 2 });
      const timeMs = performance.now() - begun;
      asked.push({ answer, timeMs });
      await say(`\n${bold(`franca ask "${question}"`)} ${dim(seconds(timeMs))}\n${showAnswer(answer)}`);
    }
    const filter = { field: "source", eq: filtered.source } as const;
    const { hits } = await searchDocuments({ collection, embedder, text: filtered.text, filter, limit: 3 });
    await say(`\n${bold(`franca search "${filtered.text}" --where source=${filtered.source}`)}\n`);
    for (const hit of hits) await say(`${cyan(`${hit.source}:${hit.line}`)}  ${hit.heading ?? hit.title}\n`);
    const cost = {
      timeMs: Math.round(performance.now() - started),
      indexMs: Math.round(indexedMs),
      memoryBytes: process.memoryUsage.rss(),
      diskBytes: (await collection.stats()).diskBytes,
    };
    await store.close();
    await say(
      `\n${dim(`${seconds(cost.timeMs)} in all, ${grouped(cost.memoryBytes / 2 ** 20)} MiB of memory (model and runtime included), ${grouped(cost.diskBytes / 1024)} KiB on disk; no network.`)}\n`,
    );
    if (quiet) {
      const search = {
        ...filtered,
        hits: hits.map(({ source, line, heading }) => ({ source, line, heading })),
      };
      await write(`${JSON.stringify({ report, asked, search, cost })}\n`);
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
