/**
 * `franca restore <snapshot> --to <db>`: a database from a snapshot, or, with --check, only its checksums compared.
 */
import type { CommandDef } from "citty";
import { restore as restoreSnapshot, verifySnapshot } from "../engine/backup/backup.ts";
import type { SnapshotInfo } from "../engine/backup/restore.ts";
import { showBytes } from "./bytes-progress.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { interruptible } from "./interrupt.ts";
import { write } from "./output.ts";
import { bold, counted, green, seconds } from "./paint.ts";

export const restore: CommandDef = command(
  {
    name: "restore",
    description: "Make a database of a snapshot, every checksum compared",
    args: {
      snapshot: { type: "positional", description: "The snapshot's folder or archive", required: false },
      to: { type: "string", valueHint: "folder", description: "A folder that is empty, or not there yet" },
      check: { type: "boolean", description: "Compare the checksums only; nothing is written" },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const to = given.text("to");
  if (given.words.length !== 1) throw new UsageError(`expected one snapshot; got ${given.words.length}`);
  if ((to === undefined) === !given.flag("check"))
    throw new UsageError("expected --to and the folder of the database to make, or --check");
  const from = given.words[0]!;
  const progress = showBytes();
  const started = performance.now();
  try {
    return await interruptible(
      async (signal) => {
        const options = {
          signal,
          onProgress: ({
            files,
            bytes,
          }: {
            files: { done: number; total: number };
            bytes: { done: number; total: number };
          }) => progress.update({ collection: `${files.done} of ${counted(files.total, "file")}`, bytes }),
        };
        const info =
          to === undefined ? await verifySnapshot(from, options) : await restoreSnapshot(from, to, options);
        progress.stop();
        await write(
          given.flag("json") ? `${JSON.stringify(info)}\n` : show(info, to, performance.now() - started),
        );
        return 0;
      },
      () => "Stopped: there is no database, and nothing of it is left.",
    );
  } finally {
    progress.stop();
  }
}

function show(
  { createdMs, files, bytes, collections }: SnapshotInfo,
  to: string | undefined,
  timeMs: number,
): string {
  const what = to === undefined ? "The snapshot is whole" : bold(to);
  const names = collections.map(({ name }) => name).join(", ");
  return (
    `${green("✓")} ${what}: ${counted(files, "file")}, ${(bytes / 1e6).toFixed(1)} MB, every checksum holds (${seconds(timeMs)})\n` +
    `Taken ${new Date(createdMs).toISOString()}: ${counted(collections.length, "collection")}${names === "" ? "" : ` (${names})`}\n`
  );
}
