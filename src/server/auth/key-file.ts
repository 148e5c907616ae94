/**
 * The file of keys: JSON, `{"keys": [{"name", "hash", "role", "collections", "expires", "requestsPerSecond", "burst"}]}`.
 * It holds no secrets, only their hashes. It is read strictly: a misspelt "collections" must not become a key to everything.
 * Messages never quote a value that might be a secret by mistake.
 */
import { readFile, type stat } from "node:fs/promises";
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { parseDatetime } from "../../model/datetime.ts";
import { whyUnread } from "../why-unread.ts";
import { type Key, type Rate, type Role, roles } from "./key.ts";
import { Scope } from "./scope.ts";

/** @throws FrancaError invalid_argument, that names the file and the entry */
export async function readKeyFile(path: string): Promise<Key[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const advice =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? `; make it by: franca key create --file ${path} --name NAME --role read|write|admin`
        : "";
    const message = `the file of keys ${path} cannot be read: ${whyUnread(error)}${advice}`;
    throw new FrancaError("invalid_argument", message, { cause: error, details: { path } });
  }
  return parseKeys(text, path);
}

/** @throws FrancaError invalid_argument */
export function parseKeys(text: string, path: string): Key[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the file, and it is no cause that could be shown either.
    const [, position] = /position (\d+)/.exec((error as Error).message) ?? [];
    const line =
      position === undefined ? "" : `, see line ${text.slice(0, Number(position)).split("\n").length}`;
    throw badInput(path, `JSON${line}`);
  }
  const { keys: entries, ...rest } = objectAt(given, path, 'an object {"keys": [...]}');
  rejectOthers(rest, path, "keys");
  if (!Array.isArray(entries)) throw badInput(`${path}: keys`, "an array");
  const keys = entries.map((entry, i) => parseKey(entry, `${path}: keys[${i}]`));
  const seen = new Set<string>();
  for (const { name, hash } of keys) {
    if (seen.has(name)) throw badInput(path, "a name for each key that no other has", name);
    if (seen.has(hash)) throw badInput(path, `a key of its own for ${JSON.stringify(name)}, no other one's`);
    seen.add(name).add(hash);
  }
  return keys;
}

function parseKey(entry: unknown, where: string): Key {
  const fields = objectAt(entry, where, "an object with name, hash and role");
  const { name, hash, role, collections, expires, requestsPerSecond, burst, ...rest } = fields;
  rejectOthers(rest, where, "name, hash, role, collections, expires, requestsPerSecond and burst");
  const [, digits] = typeof hash === "string" ? (/^sha256:([0-9a-f]{64})$/.exec(hash) ?? []) : [];
  if (digits === undefined) {
    throw badInput(`${where}.hash`, '"sha256:" and 64 hexadecimal digits, as `franca key create` writes it');
  }
  const expiresMs = expires === undefined ? undefined : parseExpiry(expires, `${where}.expires`);
  const rate = parseRate(requestsPerSecond, burst, where);
  return {
    name: checkKeyName(name, `${where}.name`),
    hash: digits,
    role: checkRole(role, `${where}.role`),
    scope: collections === undefined ? Scope.all : Scope.of(collections, `${where}.collections`),
    ...(expiresMs !== undefined && { expiresMs }),
    ...(rate !== undefined && { rate }),
  };
}

function objectAt(value: unknown, where: string, expected: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badInput(where, expected);
}

function rejectOthers(rest: Record<string, unknown>, where: string, known: string): void {
  const [unknown] = Object.keys(rest);
  if (unknown === undefined) return;
  const isWord = /^[A-Za-z_]{1,24}$/.test(unknown);
  throw badInput(isWord ? `${where}.${unknown}` : where, `only ${known}`);
}

/** Of the keys that a server is started with. */
const takenNames: ReadonlySet<unknown> = new Set(["api-key", "read-only-api-key", "nobody"]);

/** A name goes to logs, metrics and tables: it has no signs that could pretend to be something else. */
export function checkKeyName(name: unknown, where: string): string {
  const isName = typeof name === "string" && /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,99}$/u.test(name);
  if (isName && !name.startsWith("franca_") && !takenNames.has(name)) return name;
  throw badInput(
    where,
    `a name of up to 100 letters, digits and ". _ @ -", which is neither a key itself nor ${[...takenNames].join(", ")}`,
  );
}

export function checkRole(role: unknown, where: string): Role {
  const known = roles.find((one) => one === role);
  if (known === undefined) throw badInput(where, roles.join(", "));
  return known;
}

/** A date ends at its beginning, in UTC. @returns milliseconds since 1970 */
export function parseExpiry(expires: unknown, where: string): number {
  const text = typeof expires === "string" ? expires : "";
  const micros = parseDatetime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (micros === undefined)
    throw badInput(where, "a date such as 2027-01-01 or 2027-01-01T12:00:00Z", expires);
  return micros / 1000;
}

/** Without a burst, as many as a second's at once. */
export function parseRate(requestsPerSecond: unknown, burst: unknown, where: string): Rate | undefined {
  if (requestsPerSecond === undefined && burst === undefined) return undefined;
  if (typeof requestsPerSecond !== "number" || !(requestsPerSecond > 0) || !(requestsPerSecond <= 1e9)) {
    throw badInput(`${where}.requestsPerSecond`, "a number above 0", requestsPerSecond ?? null);
  }
  const size = burst ?? Math.max(1, Math.ceil(requestsPerSecond));
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 1) {
    throw badInput(`${where}.burst`, "a whole number of requests, at least 1", burst);
  }
  return { requestsPerSecond, burst: size };
}

export function showKeys(keys: readonly Key[]): string {
  const entries = keys.map(({ name, hash, role, scope, expiresMs, rate }) => ({
    name,
    hash: `sha256:${hash}`,
    role,
    ...(scope.patterns !== undefined && { collections: scope.patterns }),
    ...(expiresMs !== undefined && { expires: new Date(expiresMs).toISOString() }),
    ...rate,
  }));
  return `${JSON.stringify({ keys: entries }, null, 2)}\n`;
}

/** What is wrong with who may read and change the file; undefined: nothing. */
export function permissionWarning(
  path: string,
  { mode }: Awaited<ReturnType<typeof stat>>,
): string | undefined {
  const bits = Number(mode);
  const may = bits & 0o022 ? "changed" : bits & 0o004 ? "read" : undefined;
  if (may === undefined) return undefined;
  const shown = (bits & 0o777).toString(8).padStart(4, "0");
  return `the file of keys ${path} can be ${may} by others (mode ${shown}); run: chmod 600 ${path}`;
}
