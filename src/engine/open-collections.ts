/**
 * The collections of a store that are open, or being opened: each beside all else, and once for all who ask. What could not be
 * opened is told to those who asked, and tried again for the next.
 */
import type { CollectionSchema } from "../model/schema.ts";
import type { CatalogEntry } from "./catalog.ts";
import { folderName } from "./catalog.ts";
import { recover } from "./checkpoint/recover.ts";
import { EngineCollection } from "./collection.ts";
import type { EngineOptions } from "./engine.ts";
import { numberedFields } from "./fields.ts";
import type { Directory, Lock } from "./file.ts";
import { Log, type LogOptions } from "./log/log.ts";
import { systemFailure } from "./medium-failure.ts";
import { MemoryBudget } from "./memory/budget.ts";
import { expectEntryVectorsFit, prepareOpening } from "./memory/opening.ts";
import { openRecall } from "./recall/recall.ts";
import { CollectionState } from "./state.ts";

export class OpenCollections {
  readonly #directory: Directory;
  readonly #options: EngineOptions;
  readonly #budget: MemoryBudget;
  readonly #untilFree: (folder: number) => Promise<void>;
  readonly #mayBeWrittenBeside: boolean;
  readonly #open = new Map<string, Promise<EngineCollection>>();

  /** @param untilFree resolves when a folder may be opened */
  constructor(
    { directory, lock, options }: { directory: Directory; lock: Lock; options: EngineOptions },
    untilFree: (folder: number) => Promise<void>,
  ) {
    this.#directory = directory;
    this.#mayBeWrittenBeside = lock.mayBeWrittenBeside === true;
    this.#budget = new MemoryBudget(options.maxMemoryBytes);
    this.#options = { ...options, budget: this.#budget };
    this.#untilFree = untilFree;
  }

  get(name: string): Promise<EngineCollection> | undefined {
    return this.#open.get(name);
  }

  opened(name: string, entry: CatalogEntry): Promise<EngineCollection> {
    return this.#open.get(name) ?? this.#keep(name, this.#openFolder(name, entry));
  }

  /** One that is being made: open as soon as `committed` says that the catalog has it. */
  made(
    name: string,
    schema: CollectionSchema,
    directory: Directory,
    log: Log,
    committed: Promise<void>,
  ): Promise<EngineCollection> {
    return this.#keep(
      name,
      committed.then(() => this.#adopt(name, schema, directory, log)),
    );
  }

  /** Without a checkpoint: it is to be removed. */
  async close(name: string): Promise<void> {
    const collection = await this.#open.get(name)?.catch(() => undefined);
    this.#open.delete(name);
    await collection?.close(false);
  }

  async closeAll(): Promise<PromiseSettledResult<void>[]> {
    const closed = await Promise.allSettled(
      [...this.#open.values()].map(async (opening) => {
        const collection = await opening.catch(() => undefined);
        await collection?.close(true);
      }),
    );
    this.#open.clear();
    return closed;
  }

  createLog(directory: Directory, schema: CollectionSchema): Promise<Log> {
    return Log.create(directory, this.#logOptions(schema));
  }

  openLog(directory: Directory, schema: CollectionSchema): Promise<Log> {
    return Log.open(directory, this.#logOptions(schema));
  }

  #keep(name: string, opening: Promise<EngineCollection>): Promise<EngineCollection> {
    const opened = opening.catch((error) => {
      if (this.#open.get(name) === opened) this.#open.delete(name);
      throw systemFailure(error, this.#directory.location);
    });
    // Told to whoever asked; closing looks at it as well.
    opened.catch(() => {});
    this.#open.set(name, opened);
    return opened;
  }

  async #openFolder(name: string, { folder, schema }: CatalogEntry): Promise<EngineCollection> {
    // Where memory is limited they are opened one by one: what one takes is known when it is open.
    if (this.#budget.limitBytes !== undefined) await Promise.allSettled([...this.#open.values()]);
    await this.#untilFree(folder);
    const directory = await this.#directory.directory(folderName(folder));
    return this.#adopt(name, schema, directory, await this.openLog(directory, schema));
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
      await expectEntryVectorsFit(name, state, directory, this.#budget);
      // What the lock's last owner was about to append then lands behind a sealed end, where nobody reads.
      if (this.#mayBeWrittenBeside) await log.seal({ evenEmpty: true });
      const { recall: recallOptions } = this.#options;
      const recall = recallOptions && (await openRecall(directory, state, recallOptions, warnings));
      return new EngineCollection(schema, state, directory, this.#options, warnings, recall);
    } catch (error) {
      await state?.free();
      await log.close();
      throw error;
    }
  }

  #logOptions(schema: CollectionSchema): LogOptions {
    const { kernel, segmentBytes } = this.#options;
    return {
      dimensions: numberedFields(schema).map((field) => field.dimension),
      crc32c: (bytes, seed) => kernel.crc32c(bytes, seed),
      segmentBytes,
    };
  }
}
