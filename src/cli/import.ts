/**
 * `franca import [db] <collection> <file>`: points of a file into a collection, which is made if it is not there.
 */
import type { CommandDef } from "citty";
import { type Columns, type ImportOptions, type ImportReport, importFile } from "../transfer/transfer.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { databaseArgs, databaseFolder, openDatabase } from "./database.ts";
import { interruptible } from "./interrupt.ts";
import { write } from "./output.ts";
import { bold, counted, green, grouped, seconds } from "./paint.ts";
import { showPoints } from "./points-progress.ts";

export const importCommand: CommandDef = command(
  {
    name: "import",
    description:
      "Read points from a file into a collection: JSON Lines or Parquet, Franca's or another program's",
    args: {
      database: { type: "positional", description: "The database's folder (default: --db)", required: false },
      collection: {
        type: "positional",
        description: "The collection (default: the one the file tells)",
        required: false,
      },
      file: { type: "positional", description: "The file", required: false },
      db: databaseArgs.db!,
      id: {
        type: "string",
        valueHint: "column",
        description: "Of other programs' files: the column of the ids (default id)",
      },
      vector: {
        type: "string",
        valueHint: "field=column",
        description:
          "The column of a vector field; may be repeated (default in Parquet: all lists of floats)",
      },
      payload: {
        type: "string",
        valueHint: "column,…",
        description: "The columns of the payload (default: all others)",
      },
      metric: {
        type: "enum",
        options: ["cosine", "dot", "euclidean", "manhattan"],
        description: "Of a collection that is made from columns (default cosine)",
      },
      "on-conflict": {
        type: "enum",
        options: ["replace", "skip", "error"],
        default: "replace",
        description: "What to do with ids that are there",
      },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const { words } = given;
  if (words.length < 1 || words.length > 3)
    throw new UsageError(`expected [database] [collection] file; got ${words.length} words`);
  const file = words.at(-1)!;
  const name = words.length > 1 ? words.at(-2) : undefined;
  const options = optionsOf(given);
  const { store } = await openDatabase(databaseFolder(given, words.length === 3 ? words[0] : undefined));
  const progress = showPoints();
  const started = performance.now();
  try {
    return await interruptible(
      async (signal) => {
        const report = await importFile(store, name, file, {
          ...options,
          signal,
          onProgress: progress.update,
        });
        progress.stop();
        await write(
          given.flag("json") ? `${JSON.stringify(report)}\n` : show(report, performance.now() - started),
        );
        return 0;
      },
      ({ report }) =>
        `Stopped: ${counted((report as ImportReport | undefined)?.points ?? 0, "point")} of ${file} are in. Run the same command again to complete it.`,
    );
  } finally {
    progress.stop();
    await store.close();
  }
}

function show({ collection, created, points, skipped }: ImportReport, timeMs: number): string {
  const rate = timeMs < 100 ? "" : ` (${grouped((points / timeMs) * 1000)} points/s)`;
  const left = skipped === 0 ? "" : `, ${grouped(skipped)} left as they were`;
  return `${green("✓")} ${bold(collection)}${created ? " was made" : ""}: ${counted(points, "point")} written${left} in ${seconds(timeMs)}${rate}\n`;
}

function optionsOf(given: Arguments): ImportOptions {
  const metric = oneOf(given, "metric", ["cosine", "dot", "euclidean", "manhattan"] as const);
  const onConflict = oneOf(given, "on-conflict", ["replace", "skip", "error"] as const);
  const columns = columnsOf(given);
  return {
    ...(metric === undefined ? {} : { metric }),
    ...(onConflict === undefined ? {} : { onConflict }),
    ...(columns === undefined ? {} : { columns }),
  };
}

function oneOf<T extends string>(given: Arguments, name: string, allowed: readonly T[]): T | undefined {
  const value = given.text(name);
  if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
  throw new UsageError(`--${name}: expected ${allowed.join(", ")}; got "${value}"`);
}

function columnsOf(given: Arguments): Columns | undefined {
  const id = given.text("id");
  const payload = given.text("payload");
  const vectors = given.all("vector").map((text) => {
    const [, field, column] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (field === undefined || column === undefined)
      throw new UsageError(`--vector: expected field=column; got "${text}"`);
    return [field, column] as const;
  });
  if (id === undefined && payload === undefined && vectors.length === 0) return undefined;
  return {
    ...(id === undefined ? {} : { id }),
    ...(payload === undefined ? {} : { payload: payload.split(",") }),
    ...(vectors.length === 0 ? {} : { vectors: Object.fromEntries(vectors) }),
  };
}
