/**
 * `franca serve`: a database as a server. This file reads the configuration and joins the parts; what each does is in
 * `src/server/`.
 */
import type { ArgsDef, CommandDef } from "citty";
import { stringify } from "yaml";
import { FrancaError } from "../errors.ts";
import { francaVersion } from "../server/telemetry/franca-version.ts";
import { type Arguments, command } from "./command.ts";
import { write } from "./output.ts";
import { type Configured, configure } from "./serve/configure.ts";
import { dialects, dialectsNamed } from "./serve/dialects.ts";
import { type Configuration, portSettings, type Setting, settings } from "./serve/settings.ts";
import { start } from "./serve/start.ts";

const all: { readonly [name: string]: Setting } = { ...settings, ...portSettings(dialects) } as never;

export const serve: CommandDef = command(
  {
    name: "serve",
    description: "Serve a database to clients on the network",
    args: {
      ...flagsOf(all),
      config: {
        type: "string",
        valueHint: "path",
        description: "A file of these settings, YAML or JSON (default: $FRANCA_CONFIG)",
      },
      "print-config": { type: "boolean", description: "Print what is set, and from where, and exit" },
    },
  },
  run,
);

async function run(given: Arguments): Promise<number> {
  const flags = Object.fromEntries(
    Object.keys(all).flatMap((name) =>
      given
        .all(name)
        .slice(-1)
        .map((value) => [name, value]),
    ),
  );
  const file = given.text("config") ?? process.env.FRANCA_CONFIG;
  const configured = await configure(all, { flags, environment: process.env, ...(file && { file }) });
  const configuration = configured.values as unknown as Configuration;
  const chosen = dialectsNamed(configuration);
  if (given.flag("print-config")) {
    await write(printed(configured));
    return 0;
  }
  const startMs = performance.now();
  const { server, log, stop } = await start(configuration, chosen, configured.values);
  for (const warning of configured.warnings) log.warning(new FrancaError("invalid_argument", warning));
  log.started({
    version: francaVersion(),
    addresses: { ...server.addresses, ...named("grpc", server.grpcAddresses) },
    timeMs: performance.now() - startMs,
  });
  log.stopping(await untilStopped());
  await stop();
  return 0;
}

function named(kind: string, addresses: { readonly [dialect: string]: string }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(addresses).map(([name, address]) => [`${name}-${kind}`, address]));
}

/**
 * Resolves on the first SIGTERM or SIGINT, with its name; the second does not wait. Until this is called, before the server has
 * started, either ends the process as the system does it.
 */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        if (isAsked) process.exit(signal === "SIGINT" ? 130 : 143);
        isAsked = true;
        resolve(signal);
      });
    }
  });
}

function flagsOf(known: { readonly [name: string]: Setting }): ArgsDef {
  return Object.fromEntries(
    Object.entries(known).map(([name, { kind, description, default: fallback }]) => {
      const shown =
        fallback === undefined || fallback === false
          ? ""
          : ` (default: ${String(kind.show(fallback as never))})`;
      if (kind.hint === "") return [name, { type: "boolean", description }];
      return [name, { type: "string", valueHint: kind.hint, description: `${description}${shown}` }];
    }),
  ) as ArgsDef;
}

/** As a file that could be given back with --config, but for its secrets. */
function printed({ values, origins }: Configured): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const line = stringify({ [name]: all[name]!.kind.show(value as never) }).trimEnd();
    return `${line.includes("\n") ? line : line.padEnd(32)} # ${origins[name]}`;
  });
  return `${lines.join("\n")}\n`;
}
