/**
 * `franca repair <db> --to <folder>`: writes what can be saved of a damaged database to a new one. Exit code 1 when
 * not everything could be.
 */
import { resolve } from "node:path";
import type { CommandDef } from "citty";
import { repair as repairDatabase } from "../engine/verify/repair.ts";
import type { RepairedCollection, RepairReport } from "../engine/verify/report.ts";
import { showBytes } from "./bytes-progress.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { jsonOf, listed, pointLine, rangeText, regionLine } from "./damage-lines.ts";
import { databaseArgs, databaseFolder } from "./database.ts";
import { write } from "./output.ts";
import { bold, counted, green, red, yellow } from "./paint.ts";

export const repair: CommandDef = command(
  {
    name: "repair",
    description: "Write what can be saved of a damaged database to a new folder",
    args: {
      database: { type: "positional", description: "The database's folder (default: --db)", required: false },
      db: databaseArgs.db!,
      to: {
        type: "string",
        valueHint: "folder",
        description: "An empty folder, or one that is not there yet",
      },
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const to = given.text("to");
  if (to === undefined) throw new UsageError("--to: expected the folder to write what can be saved to");
  const progress = showBytes();
  let report: RepairReport;
  try {
    const target = resolve(to);
    report = await repairDatabase(databaseFolder(given, given.words[0]), target, {
      onProgress: progress.update,
    });
  } finally {
    progress.stop();
  }
  await write(given.flag("json") ? jsonOf(report) : show(report, to));
  return report.complete ? 0 : 1;
}

function show(report: RepairReport, to: string): string {
  const lines = report.collections.flatMap(showCollection);
  for (const { what, why } of report.notSaved) lines.push(`${red("✗")} not saved: ${what}: ${why}`);
  lines.push(
    report.complete
      ? `${green("✓")} ${bold("Everything is saved")} to ${to}.`
      : `${yellow("!")} ${bold("What could be saved is in")} ${to}.`,
  );
  return `${lines.join("\n")}\n`;
}

function showCollection(saved: RepairedCollection): string[] {
  const { name, points, withoutVector, lost, unreadable, missingLsns, notes } = saved;
  const lines = [`${bold(name)}: ${counted(points, "point")} saved`];
  for (const note of notes) lines.push(`  ${yellow("note:")} ${note}`);
  lines.push(...listed(lost, (point) => `  ${red("left out:")} ${pointLine(point)}`));
  lines.push(...listed(withoutVector, (point) => `  ${yellow("without its vector:")} ${pointLine(point)}`));
  lines.push(...listed(unreadable, (region) => `  ${red("unreadable:")} ${regionLine(region)}`));
  for (const range of missingLsns) lines.push(`  ${red("lost:")} ${rangeText(range)}`);
  return lines;
}
