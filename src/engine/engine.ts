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
import { recover } from "./checkpoint/recover.ts";
import { type CollectionOptions, EngineCollection } from "./collection.ts";
import { numberedFields } from "./fields.ts";
import type { Directory, Lock } from "./file.ts";
import { emptyFolder, openCatalog, removeDropped } from "./folders.ts";
import { heldDirectory } from "./held-directory.ts";
import type { Kernel } from "./kernel.ts";
import { Log } from "./log/log.ts";
import { brokenError, isUndone, mediumFailure, systemFailure, takenBack } from "./medium-failure.ts";
import { MemoryBudget } from "./memory/budget.ts";
import { prepareOpening } from "./memory/opening.ts";
import { openRecall } from "./recall/recall.ts";
import { CollectionState } from "./state.ts";

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
  readonly #options: EngineOptions;
  readonly #budget: MemoryBudget;
  #catalog: Catalog;
  /** Open, or being opened; what could not be opened is not among them, and tried again. */
  readonly #open = new Map<string, Promise<EngineCollection>>();
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  readonly #snapshots: Snapshots;
  /** Set when it is unknown which catalog is durable. */
  #failure: FrancaError | undefined;

  constructor(directory: Directory, lock: Lock, catalog: Catalog, options: EngineOptions) {
    this.#directory = directory;
    this.#lock = lock;
    this.#catalog = catalog;
    this.#budget = new MemoryBudget(options.maxMemoryBytes);
    this.#options = { ...options, budget: this.#budget };
    this.#snapshots = new Snapshots({
      directory,
      crc32c: checksumOf(options.kernel),
      inTurn: (act) => this.#inTurn(act),
      collections: () =>
        [...this.#catalog.collections].map(([name, { folder, schema }]) => ({
          name,
          folder,
          open: noteOf(this.#open.get(name)),
          openLog: (folder) => Log.open(folder, this.#logOptions(schema)),
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
        return { opened: this.#opened(name, existing) };
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
    return (await this.#opened(real, entry)) as unknown as Collection<S>;
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
      const open = await this.#open.get(name)?.catch(() => undefined);
      this.#open.delete(name);
      await open?.close(false);
      await this.#snapshots.until(entry.folder);
      await this.#directory.remove(folderName(entry.folder));
      return true;
    });
  }

  async describe(name: string): Promise<CollectionInfo> {
    const { name: real, entry } = await this.#looked(name);
    const { state } = await this.#opened(real, entry);
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
      const collection = await this.#opened(real, entry);
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
    const closed = await Promise.allSettled(
      // What could not be opened was told to those who asked, and there is nothing to close.
      [...this.#open.values()].map(async (opening) => {
        const collection = await opening.catch(() => undefined);
        await collection?.close(true);
      }),
    );
    this.#open.clear();
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
    const crc32c = checksumOf(this.#options.kernel);
    const changed = copyCatalog(this.#catalog);
    act(changed);
    try {
      await writeCatalog(this.#directory, changed, crc32c);
    } catch (error) {
      if (isUndone(error)) throw error;
      // It may be there after all. Put back what was, or nothing may build on the one or the other.
      try {
        await writeCatalog(this.#directory, this.#catalog, crc32c);
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
    const log = await Log.create(directory, this.#logOptions(schema));
    try {
      await this.#directory.sync();
      const changed = this.#change((catalog) => {
        catalog.collections.set(name, { folder, schema });
        catalog.nextFolder = folder + 1;
      });
      const opened = this.#adopted(
        name,
        changed.then(() => this.#adopt(name, schema, directory, log)),
      );
      await changed;
      return { opened };
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  #opened(name: string, entry: CatalogEntry): Promise<EngineCollection> {
    return this.#open.get(name) ?? this.#adopted(name, this.#openFolder(name, entry));
  }

  #adopted(name: string, opening: Promise<EngineCollection>): Promise<EngineCollection> {
    const opened = opening.catch((error) => {
      if (this.#open.get(name) === opened) this.#open.delete(name);
      throw systemFailure(error, this.#directory.location);
    });
    // Told to whoever asked; closing and dropping look at it as well.
    opened.catch(() => {});
    this.#open.set(name, opened);
    return opened;
  }

  async #openFolder(name: string, { folder, schema }: CatalogEntry): Promise<EngineCollection> {
    if (this.#budget.limitBytes !== undefined) await this.#inLine();
    await this.#snapshots.until(folder);
    const directory = await this.#directory.directory(folderName(folder));
    const log = await Log.open(directory, this.#logOptions(schema));
    return this.#adopt(name, schema, directory, log);
  }

  /** Where memory is limited collections are opened one by one: what one takes is known when it is open. */
  async #inLine(): Promise<void> {
    const before = [...this.#open.values()];
    await Promise.allSettled(before);
  }

  async #adopt(
    name: string,
    schema: CollectionSchema,
    directory: Directory,
    log: Log,
  ): Promise<EngineCollection> {
    let state: CollectionState | undefined;
    try {
      state = new CollectionState(name, schema, log, this.#options.kernel);
      await prepareOpening(name, state, directory, this.#budget);
      const warnings = await recover(directory, state);
      const { recall: recallOptions } = this.#options;
      const recall = recallOptions && (await openRecall(directory, state, recallOptions, warnings));
      return new EngineCollection(schema, state, directory, this.#options, warnings, recall);
    } catch (error) {
      await state?.free();
      await log.close();
      throw error;
    }
  }

  #logOptions(schema: CollectionSchema) {
    const { kernel, segmentBytes } = this.#options;
    return {
      dimensions: numberedFields(schema).map((field) => field.dimension),
      crc32c: checksumOf(kernel),
      segmentBytes,
    };
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
