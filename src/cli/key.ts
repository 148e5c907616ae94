/** `franca key`: makes, lists and revokes the keys of a server that is started with --keys-file. */
import type { CommandDef } from "citty";
import { FrancaError } from "../errors.ts";
import { changeKeyFile } from "../server/auth/change-key-file.ts";
import { hashOf, type Key, newSecret } from "../server/auth/key.ts";
import { checkKeyName, checkRole, parseExpiry, parseRate, readKeyFile } from "../server/auth/key-file.ts";
import { Scope } from "../server/auth/scope.ts";
import { type Arguments, command, UsageError } from "./command.ts";
import { write } from "./output.ts";
import { bold, dim, green, red } from "./paint.ts";

export const key: CommandDef = command(
  {
    name: "key",
    description: "Make, list and revoke keys: franca key create, franca key list, franca key revoke NAME",
    args: {
      action: { type: "positional", description: "create, list or revoke", required: true },
      revoked: { type: "positional", description: "revoke: the name of the key", required: false },
      file: {
        type: "string",
        valueHint: "path",
        description: "The file of keys (default: $FRANCA_KEYS_FILE)",
      },
      name: { type: "string", description: "create: what the key is called in logs, as who uses it" },
      role: { type: "string", valueHint: "read|write|admin", description: "create: what it allows" },
      collections: {
        type: "string",
        valueHint: "a,b*",
        description: 'create: names of collections, or beginnings with "*" after them (default: all)',
      },
      expires: {
        type: "string",
        valueHint: "date",
        description: "create: when it ends, as 2027-01-01 (default: never)",
      },
      "requests-per-second": {
        type: "string",
        valueHint: "n",
        description: "create: at most (default: no limit)",
      },
      burst: {
        type: "string",
        valueHint: "n",
        description: "create: requests at once after a pause (default: a second's)",
      },
      json: { type: "boolean", description: "Print JSON" },
    },
  },
  run,
);

const actions: { readonly [action: string]: (given: Arguments) => Promise<void> } = { create, list, revoke };

async function run(given: Arguments): Promise<number> {
  const [action = ""] = given.words;
  const act = Object.hasOwn(actions, action) ? actions[action]! : undefined;
  if (act === undefined) throw new UsageError(`expected create, list or revoke; got "${action}"`);
  const most = action === "revoke" ? 2 : 1;
  if (given.words.length > most) throw new UsageError(`"${given.words[most]}" is one word too many`);
  const ofCreate = ["name", "role", "collections", "expires", "requests-per-second", "burst"];
  const idle = action === "create" ? undefined : ofCreate.find((name) => given.text(name) !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} is for \`franca key create\``);
  await act(given);
  return 0;
}

async function create(given: Arguments): Promise<void> {
  const file = fileOf(given);
  const secret = newSecret();
  const made = describedBy(given, hashOf(secret));
  await changeKeyFile(file, (keys) => {
    if (keys.some(({ name }) => name === made.name)) {
      throw new FrancaError(
        "already_exists",
        `${file} has a key named "${made.name}"; revoke it first, or choose another name`,
      );
    }
    return [...keys, made];
  });
  if (given.flag("json")) await write(`${JSON.stringify({ ...shown(made), key: secret }, null, 2)}\n`);
  else await write(`${secret}\n`);
  process.stderr.write(
    `${green("✓")} The key ${bold(made.name)} (${made.role}, ${made.scope}) is in ${file}, as a hash. It is shown this once.\n`,
  );
}

function describedBy(given: Arguments, hash: string): Key {
  const needed = (name: string): string => {
    const value = given.text(name);
    if (value === undefined) throw new UsageError(`franca key create needs --${name}`);
    return value;
  };
  const number = (name: string): number | undefined => {
    const value = given.text(name);
    return value === undefined ? undefined : Number(value.trim() === "" ? Number.NaN : value);
  };
  const collections = given.text("collections");
  const expires = given.text("expires");
  const rate = parseRate(number("requests-per-second"), number("burst"), "franca key");
  return {
    name: checkKeyName(needed("name"), "--name"),
    hash,
    role: checkRole(needed("role"), "--role"),
    scope:
      collections === undefined
        ? Scope.all
        : Scope.of(
            collections.split(",").map((name) => name.trim()),
            "--collections",
          ),
    ...(expires !== undefined && { expiresMs: parseExpiry(expires, "--expires") }),
    ...(rate !== undefined && { rate }),
  };
}

async function list(given: Arguments): Promise<void> {
  const keys = await readKeyFile(fileOf(given));
  if (given.flag("json")) {
    await write(`${JSON.stringify({ keys: keys.map(shown) }, null, 2)}\n`);
    return;
  }
  const width = Math.max(0, ...keys.map(({ name }) => name.length));
  const lines = keys.map((one) => {
    const { expires, requestsPerSecond, burst } = shown(one);
    const parts = [bold(one.name.padEnd(width)), one.role.padEnd(5), String(one.scope)];
    if (requestsPerSecond !== undefined) parts.push(`${requestsPerSecond} requests/s, ${burst} at once`);
    if (expires !== undefined) {
      parts.push(one.expiresMs! <= Date.now() ? red(`expired ${expires}`) : `until ${expires}`);
    }
    return parts.join("  ");
  });
  await write(`${lines.length === 0 ? dim("no keys") : lines.join("\n")}\n`);
}

async function revoke(given: Arguments): Promise<void> {
  const file = fileOf(given);
  const [, name] = given.words;
  if (name === undefined) throw new UsageError("franca key revoke needs the name of a key");
  // Nothing is to be made where there is no file.
  await readKeyFile(file);
  await changeKeyFile(file, (keys) => {
    const left = keys.filter((one) => one.name !== name);
    if (left.length < keys.length) return left;
    const names = keys.map((one) => one.name).join(", ");
    throw new FrancaError(
      "not_found",
      `${file} has no key named "${name}"; it has ${names === "" ? "none" : names}`,
    );
  });
  process.stderr.write(
    `${green("✓")} The key ${bold(name)} is revoked: servers that run with ${file} refuse it within two seconds.\n`,
  );
}

function fileOf(given: Arguments): string {
  const file = given.text("file") ?? process.env.FRANCA_KEYS_FILE;
  if (file === undefined || file === "") throw new UsageError("expected --file, the file of keys");
  return file;
}

function shown({ name, role, scope, expiresMs, rate }: Key) {
  return {
    name,
    role,
    ...(scope.patterns !== undefined && { collections: scope.patterns }),
    ...(expiresMs !== undefined && { expires: new Date(expiresMs).toISOString() }),
    requestsPerSecond: rate?.requestsPerSecond,
    burst: rate?.burst,
  };
}
