/**
 * `franca ask`: an answer in the words of the documents, with numbered citations and where each stands.
 */
import type { ArgsDef, CommandDef } from "citty";
import { type Answer, ask as askDocuments } from "../rag/ask/ask.ts";
import type { SearchMode } from "../rag/search/search.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { openablePath, openDocuments } from "./database.ts";
import { write } from "./output.ts";
import { bold, cyan, dim } from "./paint.ts";
import { retrievalArgs, sourceAsRecorded, tellWarnings } from "./search.ts";
import { parseFilters } from "./where.ts";

const args: ArgsDef = {
  question: { type: "positional", description: "The question", required: false },
  ...retrievalArgs,
  passages: { type: "string", valueHint: "n", description: "Passages looked at", default: "8" },
  sentences: {
    type: "string",
    valueHint: "n",
    description: "Sentences of the answer, at most",
    default: "3",
  },
  json: { type: "boolean", description: "Print JSON" },
};

export const ask: CommandDef = command(
  { name: "ask", description: "Answer a question with cited sentences of the documents", args },
  run,
);

async function run(given: Arguments): Promise<number> {
  if (given.words.length !== 1)
    throw new UsageError(`expected one question, in quotes; got ${given.words.length}`);
  const passages = given.count("passages")!;
  const sentences = given.count("sentences")!;
  const mode = given.text("mode") as SearchMode;
  const documents = await openDocuments(given);
  const { collection, embedder, base, store } = documents;
  try {
    const where = given.all("where").map((text) => sourceAsRecorded(text, base));
    const filter = parseFilters(given.text("filter"), where, collection.schema);
    const answer = await askDocuments({
      collection,
      embedder: embedder!,
      question: given.words[0]!,
      mode,
      passages,
      sentences,
      ...(filter === undefined ? {} : { filter }),
    });
    const citations = answer.citations.map((citation) => ({
      ...citation,
      source: openablePath(citation.source, base),
    }));
    const shown = { ...answer, citations };
    if (given.flag("json")) await write(`${JSON.stringify(shown)}\n`);
    else {
      tellWarnings(answer.warnings);
      await write(showAnswer(shown));
    }
    return 0;
  } finally {
    await embedder?.close();
    await store.close();
  }
}

/** The answer, then its sources with the verbatim quote of each. */
export function showAnswer({ text, citations }: Answer): string {
  const sources = citations.map(({ number, source, line, span, heading, title, quote }) => {
    const name = heading ?? title;
    const place = `${cyan(`${source}:${line}`)} ${dim(`${span[0]}–${span[1]}`)}${name === "" ? "" : `  ${name}`}`;
    return `${bold(`[${number}]`)} ${place}\n    ${dim(`“${quote.replace(/\n/g, "\n    ")}”`)}\n`;
  });
  const answer = text.replace(/\s+/g, " ").replace(/\[\d+\]/g, (mark) => bold(mark));
  return `${answer}\n${sources.length === 0 ? "" : `\n${sources.join("")}`}`;
}
