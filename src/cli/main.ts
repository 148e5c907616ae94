#!/usr/bin/env node
/**
 * The `franca` command: finds the subcommand, runs it, and turns what goes wrong into one clear message.
 * Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted.
 */

// First: it decides about colours before citty looks.
import "./paint.ts";

import { readFileSync } from "node:fs";
import { type CommandDef, defineCommand, renderUsage, runCommand } from "citty";
import { isFrancaError } from "../errors.ts";
import { UsageError } from "./command.ts";
import { bold, red } from "./paint.ts";

const commands: { readonly [name: string]: () => Promise<CommandDef> } = {
  add: async () => (await import("./add.ts")).add,
  search: async () => (await import("./search.ts")).search,
  ask: async () => (await import("./ask.ts")).ask,
  demo: async () => (await import("./demo.ts")).demo,
  snapshot: async () => (await import("./snapshot.ts")).snapshot,
  restore: async () => (await import("./restore.ts")).restore,
  export: async () => (await import("./export.ts")).exportCommand,
  import: async () => (await import("./import.ts")).importCommand,
  copy: async () => (await import("./copy.ts")).copy,
  verify: async () => (await import("./verify.ts")).verify,
  repair: async () => (await import("./repair.ts")).repair,
  serve: async () => (await import("./serve.ts")).serve,
  key: async () => (await import("./key.ts")).key,
  doctor: async () => (await import("./doctor.ts")).doctor,
};

// A reader that has seen enough (`franca search … | head`) closes the pipe; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const argv = process.argv.slice(2);
process.exitCode = await main(argv);

async function main(given: string[]): Promise<number> {
  const [name, ...rest] = given;
  const wantsHelp = before(given, "--").some((word) => word === "--help" || word === "-h");
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    const usage = `${await renderUsage(root())}\n`;
    if (wantsHelp || name === "help") {
      process.stdout.write(usage);
      return 0;
    }
    if (name !== undefined) complain(`unknown command "${name}"`);
    process.stderr.write(usage);
    return 2;
  }
  const command = await load();
  if (wantsHelp) {
    process.stdout.write(`${await renderUsage(command, root())}\n`);
    return 0;
  }
  try {
    return (await runCommand(command, { rawArgs: rest })).result as number;
  } catch (error) {
    return report(error, name!, rest.includes("--debug"));
  }
}

function report(error: unknown, name: string, debug: boolean): number {
  const usage = error instanceof UsageError || (error instanceof Error && error.name === "CLIError");
  if (debug) console.error(error);
  else complain(error instanceof Error ? error.message : String(error));
  if (usage) process.stderr.write(`Run \`franca ${name} --help\` for what it takes.\n`);
  else if (!isFrancaError(error) && !debug)
    process.stderr.write("This was not expected. Run it again with --debug for the stack trace.\n");
  return usage ? 2 : 1;
}

function complain(message: string): void {
  process.stderr.write(`${bold(red("franca:"))} ${message}\n`);
}

function root(): CommandDef {
  return defineCommand({
    meta: {
      name: "franca",
      version: version(),
      description: "A vector database: documents in, search and cited answers out",
    },
    subCommands: { ...commands },
  });
}

function before(words: readonly string[], end: string): readonly string[] {
  const at = words.indexOf(end);
  return at < 0 ? words : words.slice(0, at);
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
