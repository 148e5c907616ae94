/**
 * `franca snapshot [db] --to <place>`: the whole database as it is, to a folder or an archive.
 */
import type { CommandDef } from "citty";
import { showBytes } from "./bytes-progress.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { databaseArgs, databaseFolder, openExisting } from "./database.ts";
import { interruptible } from "./interrupt.ts";
import { write } from "./output.ts";
import { bold, counted, green, seconds } from "./paint.ts";

export const snapshot: CommandDef = command(
  {
    name: "snapshot",
    description: "Copy a database with checksums, to a folder, or to an archive (.tar, .tar.gz)",
    args: {
      database: { type: "positional", description: "The database's folder (default: --db)", required: false },
      db: databaseArgs.db!,
      to: { type: "string", valueHint: "place", description: "A name that is not there yet" },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const to = given.text("to");
  if (to === undefined) throw new UsageError("--to: expected the folder or archive to write");
  const { store } = await openExisting(databaseFolder(given, given.words[0]));
  const progress = showBytes();
  const started = performance.now();
  try {
    return await interruptible(
      async (signal) => {
        const report = await store.snapshot(to, {
          signal,
          onProgress: ({ files, bytes }) =>
            progress.update({ collection: `${files.done} of ${counted(files.total, "file")}`, bytes }),
        });
        progress.stop();
        if (given.flag("json")) await write(`${JSON.stringify(report)}\n`);
        else {
          const { files, bytes, collections } = report;
          await write(
            `${green("✓")} ${bold(to)}: ${counted(collections.length, "collection")}, ${counted(files, "file")}, ${(bytes / 1e6).toFixed(1)} MB in ${seconds(performance.now() - started)}\n` +
              `Make a database of it with: franca restore ${to} --to <folder>\n`,
          );
        }
        return 0;
      },
      () => "Stopped: there is no snapshot, and nothing of it is left.",
    );
  } finally {
    progress.stop();
    await store.close();
  }
}
