/**
 * The embedded Store: a locked folder with a catalog and a folder per collection. Changes of the catalog run one after
 * the other; whoever only looks into it does not wait for them. A collection is opened when first asked for, beside all else.
 */
import { FrancaError } from "../errors.ts";
import { badInput } from "../model/bad-input.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { schemasEqual, validateName, validateSchema } from "../model/validate-schema.ts";
import type { Abilities, Collection, CollectionInfo, SchemaChange, Store } from "../store.ts";
import { alterCollection } from "./alter.ts";
import type { SnapshotOptions, SnapshotReport } from "./backup/snapshot.ts";
import { Snapshots } from "./backup/snapshots.ts";
import type { SnapshotTarget } from "./backup/target.ts";
import { type Catalog, type CatalogEntry, copyCatalog, folderName, writeCatalog } from "./catalog.ts";
import type { CollectionOptions, EngineCollection } from "./collection.ts";
import type { Directory, Lock } from "./file.ts";
import { emptyFolder, openCatalog, removeDropped } from "./folders.ts";
import { heldDirectory } from "./held-directory.ts";
import type { Kernel } from "./kernel.ts";
import { brokenError, isUndone, mediumFailure, systemFailure, takenBack } from "./medium-failure.ts";
import { OpenCollections } from "./open-collections.ts";

export interface EngineOptions extends CollectionOptions {
  kernel: Kernel;
  /** What the collections together may hold in memory. Default: no limit. */
  maxMemoryBytes?: number;
}

/** A database in this process. */
export interface EngineStore extends Store {
  /**
   * Copies the database as it is at one moment of each collection, while it is read and written: to a folder, or to an
   * archive where `to` ends with .tar or .tar.gz. It has its name when it is whole; `restore` makes a database of it.
   * All that was acknowledged before the call is in it, and every later call whole or not at all. Dropping a
   * collection waits until it is copied; closing the store ends the snapshot.
   * @throws FrancaError already_exists when there is something at `to`; cancelled; data_loss when a file is damaged;
   * the file system's
   */
  snapshot(to: string, options?: SnapshotOptions): Promise<SnapshotReport>;
}

/** Opens the database in `directory`, or makes one. @throws FrancaError data_loss, failed_precondition, permission_denied */
export async function openEngine(directory: Directory, options: EngineOptions): Promise<Engine> {
  let lock: Lock | undefined;
  try {
    lock = await directory.lock();
    const held = heldDirectory(directory, lock);
    const catalog = await openCatalog(held, checksumOf(options.kernel));
    await removeDropped(held, catalog);
    return new Engine(held, lock, catalog, options);
  } catch (error) {
    await lock?.release();
    throw systemFailure(error, `${directory.location} cannot be opened`);
  }
}

export class Engine implements EngineStore {
  readonly abilities: Abilities = { name: "engine", text: true, fusion: true, explain: true, aliases: true };
  readonly #directory: Directory;
  readonly #lock: Lock;
  readonly #crc32c: Kernel["crc32c"];
  #catalog: Catalog;
  readonly #open: OpenCollections;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  readonly #snapshots: Snapshots;
  /** Set when it is unknown which catalog is durable. */
  #failure: FrancaError | undefined;

  constructor(directory: Directory, lock: Lock, catalog: Catalog, options: EngineOptions) {
    this.#directory = directory;
    this.#lock = lock;
    this.#catalog = catalog;
    this.#crc32c = checksumOf(options.kernel);
    this.#open = new OpenCollections({ directory, lock, options }, (folder) => this.#snapshots.until(folder));
    this.#snapshots = new Snapshots({
      directory,
      crc32c: this.#crc32c,
      inTurn: (act) => this.#inTurn(act),
      collections: () =>
        [...this.#catalog.collections].map(([name, { folder, schema }]) => ({
          name,
          folder,
          open: noteOf(this.#open.get(name)),
          openLog: (folder) => this.#open.openLog(folder, schema),
        })),
    });
  }

  async create<const S extends CollectionSchema>(
    name: string,
    schema: S,
    options: { ifExists?: "error" | "open" } = {},
  ): Promise<Collection<S>> {
    const { opened } = await this.#inTurn(async () => {
      validateName(name, "the name of a collection");
      const checked = validateSchema(schema);
      const existing = this.#catalog.collections.get(name);
      if (existing !== undefined && options.ifExists === "open") {
        expectEqual(name, existing.schema, checked);
        return { opened: this.#open.opened(name, existing) };
      }
      if (existing !== undefined || this.#catalog.aliases.has(name)) {
        const what = existing === undefined ? "an alias" : "a collection";
        throw new FrancaError("already_exists", `there is ${what} named ${JSON.stringify(name)} already`, {
          details: { name },
        });
      }
      return this.#create(name, checked);
    });
    return (await opened) as unknown as Collection<S>;
  }

  async collection<const S extends CollectionSchema = CollectionSchema>(
    name: string,
    schema?: S,
  ): Promise<Collection<S>> {
    const { name: real, entry } = await this.#looked(name);
    if (schema !== undefined) expectEqual(real, entry.schema, validateSchema(schema));
    return (await this.#open.opened(real, entry)) as unknown as Collection<S>;
  }

  drop(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = this.#catalog.collections.get(name);
      if (entry === undefined) return false;
      await this.#change((catalog) => {
        catalog.collections.delete(name);
        for (const [alias, target] of catalog.aliases) if (target === name) catalog.aliases.delete(alias);
      });
      // From here on it is gone, whatever happens: opening removes what the catalog has dropped.
      await this.#open.close(name);
      await this.#snapshots.until(entry.folder);
      await this.#directory.remove(folderName(entry.folder));
      return true;
    });
  }

  async describe(name: string): Promise<CollectionInfo> {
    const { name: real, entry } = await this.#looked(name);
    const { state } = await this.#open.opened(real, entry);
    const aliases = [...this.#catalog.aliases]
      .filter(([, target]) => target === real)
      .map(([alias]) => alias);
    return {
      name: real,
      aliases: aliases.sort(),
      schema: structuredClone(entry.schema),
      points: state.points,
    };
  }

  list(): Promise<string[]> {
    return this.#inTurn(async () => [...this.#catalog.collections.keys()].sort());
  }

  alter(name: string, change: SchemaChange): Promise<void> {
    return this.#inTurn(async () => {
      const { name: real, entry } = this.#find(name);
      const collection = await this.#open.opened(real, entry);
      await alterCollection(collection, entry.schema, change, (schema) =>
        this.#change((catalog) => catalog.collections.set(real, { ...entry, schema })),
      );
    });
  }

  setAlias(alias: string, collection: string): Promise<void> {
    return this.#inTurn(async () => {
      validateName(alias, "an alias");
      if (this.#catalog.collections.has(alias)) {
        throw new FrancaError("already_exists", `${JSON.stringify(alias)} is the name of a collection`);
      }
      if (!this.#catalog.collections.has(collection)) throw this.#notFound(collection);
      await this.#change((catalog) => catalog.aliases.set(alias, collection));
    });
  }

  dropAlias(alias: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#catalog.aliases.has(alias)) return false;
      await this.#change((catalog) => catalog.aliases.delete(alias));
      return true;
    });
  }

  aliases(): Promise<{ [alias: string]: string }> {
    return this.#inTurn(async () => Object.fromEntries([...this.#catalog.aliases].sort()));
  }

  async snapshot(to: string, options: SnapshotOptions = {}): Promise<SnapshotReport> {
    if (typeof to !== "string" || to === "" || to === ":memory:") {
      throw badInput("snapshot: to", "a path", to);
    }
    return this.snapshotInto(async () => (await import("./backup/place-node.ts")).nodeTarget(to), options);
  }

  /** As `snapshot`, for any target. */
  snapshotInto(
    targetOf: () => Promise<SnapshotTarget>,
    options: SnapshotOptions = {},
  ): Promise<SnapshotReport> {
    return this.#snapshots.take(targetOf, options);
  }

  close(): Promise<void> {
    this.#snapshots.stop();
    this.#closed ??= this.#last.catch(() => {}).then(() => this.#closeAll());
    return this.#closed;
  }

  /** Every collection is closed and the lock released, whatever fails on the way; the first failure is told. */
  async #closeAll(): Promise<void> {
    await this.#snapshots.ended();
    const closed = await this.#open.closeAll();
    await this.#lock.release();
    const failed = closed.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Runs `act` after what was asked before. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    const run = this.#last
      .catch(() => {})
      .then(() => {
        if (this.#failure !== undefined) throw brokenError(this.#failure);
        return act();
      })
      .catch((error) => {
        throw systemFailure(error, this.#directory.location);
      });
    this.#last = run;
    return run;
  }

  /**
   * A collection of the catalog as it is now. What is not there may be made by a call that waits for its turn: the answer
   * "there is none" is given in turn.
   */
  async #looked(name: string): Promise<{ name: string; entry: CatalogEntry }> {
    if (this.#closed !== undefined) throw closedError();
    if (this.#failure !== undefined) throw brokenError(this.#failure);
    if (this.#catalog.collections.has(this.#catalog.aliases.get(name) ?? name)) return this.#find(name);
    return this.#inTurn(async () => this.#find(name));
  }

  /** Makes a change durable, and only then visible. */
  async #change(act: (catalog: Catalog) => unknown): Promise<void> {
    const changed = copyCatalog(this.#catalog);
    act(changed);
    try {
      await writeCatalog(this.#directory, changed, this.#crc32c);
    } catch (error) {
      if (isUndone(error)) throw error;
      // It may be there after all. Put back what was, or nothing may build on the one or the other.
      try {
        await writeCatalog(this.#directory, this.#catalog, this.#crc32c);
      } catch {
        this.#failure = mediumFailure(error, "unknown");
        throw this.#failure;
      }
      throw takenBack(error);
    }
    this.#catalog = changed;
  }

  #find(name: string): { name: string; entry: CatalogEntry } {
    const real = this.#catalog.aliases.get(name) ?? name;
    const entry = this.#catalog.collections.get(real);
    if (entry === undefined) throw this.#notFound(name);
    return { name: real, entry };
  }

  #notFound(name: string): FrancaError {
    const names = [...this.#catalog.collections.keys()].sort().slice(0, 10).join(", ");
    return new FrancaError(
      "not_found",
      `there is no collection ${JSON.stringify(name)}; ${names === "" ? "there are none yet" : `there are ${names}`}`,
      { details: { collection: name } },
    );
  }

  /** The folder is whole before the catalog names it; what opens it is known before others can ask for it. */
  async #create(name: string, schema: CollectionSchema): Promise<{ opened: Promise<EngineCollection> }> {
    const folder = this.#catalog.nextFolder;
    const directory = await emptyFolder(this.#directory, folderName(folder));
    const log = await this.#open.createLog(directory, schema);
    try {
      await this.#directory.sync();
      const changed = this.#change((catalog) => {
        catalog.collections.set(name, { folder, schema });
        catalog.nextFolder = folder + 1;
      });
      const opened = this.#open.made(name, schema, directory, log, changed);
      await changed;
      return { opened };
    } catch (error) {
      await log.close();
      throw error;
    }
  }
}

function closedError(): FrancaError {
  return new FrancaError("failed_precondition", "the store is closed; open it again");
}

function noteOf(opening: Promise<EngineCollection> | undefined) {
  return opening && { note: async () => (await opening).note() };
}

function checksumOf(kernel: Kernel): Kernel["crc32c"] {
  return (bytes, seed) => kernel.crc32c(bytes, seed);
}

function expectEqual(name: string, stored: CollectionSchema, given: CollectionSchema): void {
  if (schemasEqual(stored, given)) return;
  throw new FrancaError(
    "failed_precondition",
    `collection ${JSON.stringify(name)} has another schema than the one given: ${JSON.stringify(stored)}`,
    { details: { collection: name } },
  );
}
