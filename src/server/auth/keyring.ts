/** All keys of a server: those of its file, as it is now, and those given when it was started. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { stat } from "node:fs/promises";
import { FrancaError } from "../../errors.ts";
import { type Clock, systemClock } from "../clock.ts";
import { followFile } from "./followed-file.ts";
import { Grant } from "./grant.ts";
import { checkChosenSecret, hashOf, type Key, type Role } from "./key.ts";
import { permissionWarning, readKeyFile } from "./key-file.ts";
import { Scope } from "./scope.ts";

export interface KeyringOptions {
  /** See key-file.ts. */
  file?: string;
  /** May do everything. At least 16 characters. */
  apiKey?: string;
  readOnlyApiKey?: string;
  /** The file is broken or missing, and the keys that were good last are used; or others may read or change it. */
  onWarning: (warning: FrancaError) => void;
}

/** What an unknown key is compared with: as long as any hash, and none. */
const nobodys = Buffer.alloc(64);

/** While the file stays broken it is complained about this often. */
const complainEveryMs = 60_000;

/** @throws FrancaError invalid_argument for a file that cannot be used, or a key that can be guessed */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { file, onWarning } = options;
  const keyring = new Keyring(chosenKeys(options));
  if (file === undefined) return keyring;
  keyring.replace(await readKeyFile(file));
  const warn = (message: string, cause?: unknown): void =>
    onWarning(new FrancaError("failed_precondition", message, { cause, details: { path: file } }));
  let warned: string | undefined;
  const warnOfPermissions = (warning: string | undefined): void => {
    if (warning !== undefined && warning !== warned) warn(warning);
    warned = warning;
  };
  warnOfPermissions(permissionWarning(file, await stat(file)));
  if (keyring.count === 0) warn(`the file of keys ${file} holds no key: nobody can come in`);
  let complaint: { message: string; atMs: number } | undefined;
  keyring.follow(
    followFile(
      file,
      async (stats) => {
        keyring.replace(await readKeyFile(file));
        complaint = undefined;
        warnOfPermissions(permissionWarning(file, stats as never));
      },
      (error) => {
        const { message } = error as Error;
        const nowMs = performance.now();
        if (complaint?.message === message && nowMs - complaint.atMs < complainEveryMs) return;
        complaint = { message, atMs: nowMs };
        warn(`the keys that were read last stay in use, and none can be revoked: ${message}`, error);
      },
    ),
  );
  return keyring;
}

export class Keyring {
  readonly #chosen: readonly Key[];
  readonly #clock: Clock;
  /** Only this process knows it, and only until it ends. */
  readonly #pepper = randomBytes(32).toString("hex");
  /** By keyed hash, see `find`. */
  #grants = new Map<string, { hash: Buffer; grant: Grant }>();
  #file: { look(): Promise<void>; stop(): void } | undefined;

  constructor(chosen: readonly Key[], clock: Clock = systemClock) {
    this.#chosen = chosen;
    this.#clock = clock;
    this.replace([]);
  }

  get count(): number {
    return this.#grants.size;
  }

  /**
   * The grant of the key that was shown; undefined when there is none, or none any more.
   *
   * Constant time: the place in the map comes from a hash that is keyed with random bytes of this process, so that how long
   * finding it takes is the same for what is nearly right and what is all wrong, and a clock tells nothing that could be
   * compared to hashes computed elsewhere. What is found is then compared with timingSafeEqual. Comparing with every key
   * would tell no less, and take longer with each key.
   */
  find(secret: string): Grant | undefined {
    const shown = hashOf(secret);
    const held = this.#grants.get(this.#placeOf(shown));
    const isSame = timingSafeEqual(Buffer.from(shown, "latin1"), held?.hash ?? nobodys);
    return isSame && held?.grant.key !== undefined ? held.grant : undefined;
  }

  /** The keys of the file are these now. Grants of keys that stay live on; those of others lose their power. */
  replace(ofFile: readonly Key[]): void {
    const before = this.#grants;
    this.#grants = new Map();
    for (const key of [...ofFile, ...this.#chosen]) {
      const place = this.#placeOf(key.hash);
      // A key that is renamed is another one, for those who count.
      const known = before.get(place);
      const grant = known?.grant.name === key.name ? known.grant : new Grant(key, this.#clock);
      grant.become(key);
      this.#grants.set(place, { hash: Buffer.from(key.hash, "latin1"), grant });
    }
    const living = new Set([...this.#grants.values()].map(({ grant }) => grant));
    for (const { grant } of before.values()) if (!living.has(grant)) grant.become(undefined);
  }

  follow(file: { look(): Promise<void>; stop(): void }): void {
    this.#file = file;
  }

  /** Looks at the file at once, which also happens by itself each second. */
  async reload(): Promise<void> {
    await this.#file?.look();
  }

  stop(): void {
    this.#file?.stop();
  }

  #placeOf(hexHash: string): string {
    return hash("sha256", this.#pepper + hexHash, "hex");
  }
}

/** @throws FrancaError invalid_argument */
function chosenKeys({ apiKey, readOnlyApiKey }: KeyringOptions): Key[] {
  const chosen = (name: string, role: Role, secret: string | undefined): Key[] =>
    secret === undefined
      ? []
      : [{ name, role, hash: hashOf(checkChosenSecret(secret, `--${name}`)), scope: Scope.all }];
  const all = [...chosen("api-key", "admin", apiKey), ...chosen("read-only-api-key", "read", readOnlyApiKey)];
  if (apiKey !== undefined && apiKey === readOnlyApiKey) {
    throw new FrancaError("invalid_argument", "--read-only-api-key is the same key as --api-key: give two");
  }
  return all;
}
