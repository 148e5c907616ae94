/**
 * From flags, environment and one file to a checked configuration. A flag counts more than a variable, a variable more than
 * the file. A name that is no setting is an error, since a misspelt limit must not be no limit; among variables it is a
 * warning, since others may set those.
 */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { FrancaError } from "../../errors.ts";
import { whyUnread } from "../../server/why-unread.ts";
import { UsageError } from "../command.ts";
import { nearNames } from "../near-names.ts";
import type { Setting } from "./settings.ts";

export interface Sources {
  /** By name of the setting, as given. */
  flags: { readonly [name: string]: string | boolean };
  environment: { readonly [name: string]: string | undefined };
  /** YAML or JSON. */
  file?: string;
}

export interface Configured {
  values: { [name: string]: unknown };
  /** "--host", "FRANCA_HOST", the file's path, or "default". */
  origins: { [name: string]: string };
  /** Variables that look like settings and are none. */
  warnings: string[];
}

/** Variables that are not settings of the server. */
const otherVariables = new Set(["FRANCA_CONFIG", "FRANCA_SLOW"]);

/** @throws UsageError, FrancaError invalid_argument */
export async function configure(
  settings: { readonly [name: string]: Setting },
  sources: Sources,
): Promise<Configured> {
  const fromFile = sources.file === undefined ? {} : await readConfiguration(sources.file);
  for (const name of Object.keys(fromFile)) {
    if (settings[name] === undefined)
      throw unknown(`${sources.file}: "${name}"`, name, Object.keys(settings));
  }
  const warnings = Object.keys(sources.environment)
    .filter(
      (name) =>
        name.startsWith("FRANCA_") && !otherVariables.has(name) && settings[nameOf(name)] === undefined,
    )
    .filter((name) => !/_(SERVICE|PORT)(_|$)/.test(name))
    .map((name) => unknown(name, name, Object.keys(settings).map(variableOf)).message);
  const values: Configured["values"] = {};
  const origins: Configured["origins"] = {};
  for (const [name, { kind, default: fallback }] of Object.entries(settings)) {
    const variable = variableOf(name);
    const places: [origin: string, given: unknown][] = [
      [`--${name}`, sources.flags[name]],
      [variable, fromEnvironment(sources.environment[variable])],
      [sources.file ?? "", fromFile[name]],
    ];
    const [origin, given] = places.find(([, value]) => value !== undefined && value !== null) ?? [
      "default",
      undefined,
    ];
    if (given === undefined) {
      if (fallback !== undefined) [values[name], origins[name]] = [fallback, "default"];
      continue;
    }
    const value = kind.read(given);
    if (value === undefined) {
      const shown = kind.isSecret ? "something else" : JSON.stringify(given);
      const where = origin === sources.file ? `${origin}: ${name}` : origin;
      throw new UsageError(`${where}: expected ${kind.expected}; got ${shown}`);
    }
    [values[name], origins[name]] = [value, origin];
  }
  return { values, origins, warnings };
}

/** Kubernetes sets NAME_PORT=tcp://… in every container beside a service; an empty variable is none. */
function fromEnvironment(given: string | undefined): string | undefined {
  return given === undefined || given === "" || given.startsWith("tcp://") ? undefined : given;
}

export function variableOf(name: string): string {
  return `FRANCA_${name.toUpperCase().replaceAll("-", "_")}`;
}

function nameOf(variable: string): string {
  return variable.slice("FRANCA_".length).toLowerCase().replaceAll("_", "-");
}

async function readConfiguration(path: string): Promise<{ [name: string]: unknown }> {
  let given: unknown;
  try {
    given = parse(await readFile(path, "utf8")) ?? {};
  } catch (error) {
    const message = `the configuration ${path} cannot be read: ${whyUnread(error)}`;
    throw new FrancaError("invalid_argument", message, { cause: error });
  }
  if (typeof given !== "object" || Array.isArray(given)) {
    throw new FrancaError(
      "invalid_argument",
      `the configuration ${path}: expected names of settings with their values, as YAML or JSON`,
    );
  }
  return given as { [name: string]: unknown };
}

function unknown(where: string, name: string, known: readonly string[]): UsageError {
  const near = nearNames(name, known);
  const advice = near.length > 0 ? `did you mean ${near.join(" or ")}?` : "see `franca serve --help`";
  return new UsageError(`${where} is no setting of franca serve; ${advice}`);
}
