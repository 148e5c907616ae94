/**
 * `franca verify <db>`: reads every byte of a database and says what is damaged. Exit code 1 when anything is.
 */
import type { CommandDef } from "citty";
import type { CollectionReport, VerifyReport } from "../engine/verify/report.ts";
import { verify as verifyDatabase } from "../engine/verify/verify.ts";
import { showBytes } from "./bytes-progress.ts";
import { type Arguments, command } from "./command.ts";
import { jsonOf, listed, pointLine, rangeText, regionLine } from "./damage-lines.ts";
import { databaseArgs, databaseFolder } from "./database.ts";
import { write } from "./output.ts";
import { bold, counted, dim, green, grouped, red, yellow } from "./paint.ts";

export const verify: CommandDef = command(
  {
    name: "verify",
    description: "Read every byte of a database and say what is damaged; changes nothing",
    args: {
      database: { type: "positional", description: "The database's folder (default: --db)", required: false },
      db: databaseArgs.db!,
      json: { type: "boolean", description: "Print the report as JSON" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const folder = databaseFolder(given, given.words[0]);
  const progress = showBytes();
  let report: VerifyReport;
  try {
    report = await verifyDatabase(folder, { onProgress: progress.update });
  } finally {
    progress.stop();
  }
  await write(given.flag("json") ? jsonOf(report) : show(report, folder));
  return report.ok ? 0 : 1;
}

function show(report: VerifyReport, folder: string): string {
  const lines = report.collections.flatMap(showCollection);
  for (const region of report.unreadable) lines.push(`${red("✗")} ${regionLine(region)}`);
  for (const { file, what } of report.leftovers) lines.push(`${dim("·")} ${dim(`${file}: ${what}`)}`);
  const read = `${counted(report.files, "file")}, ${grouped(report.bytes)} bytes read`;
  lines.push(
    report.ok
      ? `${green("✓")} ${bold("Nothing is damaged.")} ${read}.`
      : `${red("✗")} ${bold("There is damage.")} ${read}. What can be saved is saved by: franca repair ${folder} --to <empty folder>`,
  );
  return `${lines.join("\n")}\n`;
}

function showCollection(report: CollectionReport): string[] {
  const { name, points, damaged, unreadable, missingLsns, derived, refused, leftovers } = report;
  const isWhole =
    refused === undefined && [damaged, unreadable, missingLsns, derived].every((list) => list.length === 0);
  const lines = [`${isWhole ? green("✓") : red("✗")} ${bold(name)}: ${counted(points, "point")}`];
  if (refused !== undefined) lines.push(`  ${red("does not open:")} ${refused}`);
  else if (damaged.length > 0)
    lines.push(`  ${yellow("opens")}, and leaves the damaged points out of its answers`);
  lines.push(...listed(damaged, (point) => `  ${red("damaged")} ${pointLine(point)}`));
  lines.push(...listed(unreadable, (region) => `  ${red("unreadable")} ${regionLine(region)}`));
  for (const range of missingLsns) lines.push(`  ${red("lost")} ${rangeText(range)}`);
  for (const { how } of derived) lines.push(`  ${yellow("rebuilt when opened:")} ${how}`);
  for (const { file, offset, length, what } of leftovers)
    lines.push(`  ${dim(`${file}, ${counted(length, "byte")} from ${offset}: ${what}`)}`);
  return lines;
}
