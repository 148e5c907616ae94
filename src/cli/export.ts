/**
 * `franca export [db] <collection> --out <file>`: points with payloads and vectors, as JSON Lines or Parquet.
 */
import type { CommandDef } from "citty";
import { exportFile } from "../transfer/transfer.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { databaseArgs, databaseFolder, openExisting } from "./database.ts";
import { interruptible } from "./interrupt.ts";
import { write } from "./output.ts";
import { bold, counted, green, seconds } from "./paint.ts";
import { showPoints } from "./points-progress.ts";
import { parseFilters } from "./where.ts";

export const exportCommand: CommandDef = command(
  {
    name: "export",
    description: "Write a collection to a file: JSON Lines or Parquet, with vectors",
    args: {
      database: { type: "positional", description: "The database's folder (default: --db)", required: false },
      collection: { type: "positional", description: "The collection", required: false },
      db: databaseArgs.db!,
      out: { type: "string", valueHint: "file", description: "Ends with .jsonl, .jsonl.gz or .parquet" },
      overwrite: { type: "boolean", description: "Replace the file if it is there" },
      filter: { type: "string", valueHint: "json", description: "Only points that match this filter" },
      where: { type: "string", valueHint: "field=value", description: "Short for a filter; may be repeated" },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const out = given.text("out");
  if (out === undefined) throw new UsageError("--out: expected the file to write");
  if (given.words.length < 1 || given.words.length > 2)
    throw new UsageError(
      `expected a collection, after the database's folder if it is not --db; got ${given.words.length} words`,
    );
  const { store } = await openExisting(
    databaseFolder(given, given.words.length === 2 ? given.words[0] : undefined),
  );
  const progress = showPoints();
  const started = performance.now();
  try {
    return await interruptible(
      async (signal) => {
        const collection = await store.collection(given.words.at(-1)!);
        const filter = parseFilters(given.text("filter"), given.all("where"), collection.schema);
        const report = await exportFile(collection, out, {
          signal,
          overwrite: given.flag("overwrite"),
          onProgress: progress.update,
          ...(filter === undefined ? {} : { filter }),
        });
        progress.stop();
        await write(
          given.flag("json")
            ? `${JSON.stringify(report)}\n`
            : `${green("✓")} ${bold(out)}: ${counted(report.points, "point")} in ${seconds(performance.now() - started)}\n`,
        );
        return 0;
      },
      () => `Stopped: ${out} was not written.`,
    );
  } finally {
    progress.stop();
    await store.close();
  }
}
