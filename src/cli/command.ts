/**
 * How a command of the CLI is made: citty defines and documents it, arguments are read strictly (an unknown flag is
 * an error, not ignored), and its result is an exit code.
 */
import { parseArgs } from "node:util";
import { type ArgsDef, type CommandDef, defineCommand } from "citty";
import { nearNames } from "./near-names.ts";

/** A mistake in how the command was called: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Arguments {
  /** Positional arguments. */
  words: string[];
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** All values of a flag that may be repeated. */
  all(name: string): string[];
  /** @throws UsageError unless it is a whole number of at least `least` */
  count(name: string, least?: number): number | undefined;
}

/** Flags of every command. */
const everywhere = {
  help: { type: "boolean", alias: "h", description: "Show this help" },
  debug: { type: "boolean", description: "Show stack traces of errors" },
} as const satisfies ArgsDef;

export function command(
  definition: { name: string; description: string; args: ArgsDef },
  run: (given: Arguments) => Promise<number>,
): CommandDef {
  const args: ArgsDef = { ...definition.args, ...everywhere };
  const exitCode: { code: number } = { code: 0 };
  return defineCommand({
    meta: { name: definition.name, description: definition.description },
    args,
    async run({ rawArgs }) {
      exitCode.code = await run(readArguments(rawArgs, args));
      return exitCode.code;
    },
  }) as CommandDef;
}

/** @throws UsageError for flags that are not there, lack their value, or have one too many; for words where none are taken */
export function readArguments(rawArgs: string[], definitions: ArgsDef): Arguments {
  const options: { [name: string]: { type: "string" | "boolean"; short?: string; multiple: boolean } } = {};
  for (const [name, { type, ...rest }] of Object.entries(definitions)) {
    if (type === "positional") continue;
    const alias = "alias" in rest && typeof rest.alias === "string" ? rest.alias : undefined;
    options[name] = {
      type: type === "boolean" ? "boolean" : "string",
      multiple: true,
      ...(alias === undefined ? {} : { short: alias }),
    };
  }
  let parsed: { values: { [name: string]: unknown }; positionals: string[] };
  try {
    parsed = parseArgs({ args: rawArgs, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(unreadable(error as NodeJS.ErrnoException, Object.keys(options)));
  }
  const [stray] = parsed.positionals;
  if (stray !== undefined && !Object.values(definitions).some(({ type }) => type === "positional")) {
    const folder = "db" in definitions ? "; a database's folder is given with --db" : "";
    throw new UsageError(`expected flags only; got "${stray}"${folder}`);
  }
  const all = (name: string): (string | boolean)[] => (parsed.values[name] as (string | boolean)[]) ?? [];
  const text = (name: string): string | undefined => {
    const value =
      all(name).at(-1) ?? ("default" in (definitions[name] ?? {}) ? definitions[name]!.default : undefined);
    return value === undefined ? undefined : String(value);
  };
  return {
    words: parsed.positionals,
    text,
    flag: (name) => all(name).at(-1) === true,
    all: (name) => all(name).map(String),
    count(name, least = 1) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (Number.isSafeInteger(number) && number >= least && value.trim() !== "") return number;
      throw new UsageError(`--${name}: expected a whole number of at least ${least}; got "${value}"`);
    },
  };
}

/** Node's own words, but for a flag that there is not: those speak of how to pass it as a word. */
function unreadable({ code, message }: NodeJS.ErrnoException, known: readonly string[]): string {
  const [, flag] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION" || flag === undefined) return message;
  const near = nearNames(flag.replace(/^-+/, ""), known).map((name) => `--${name}`);
  return `there is no flag ${flag}${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`;
}
