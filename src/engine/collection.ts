/**
 * A collection of the embedded engine: checks what is asked, hands writes to the writer and reads to the query path,
 * and looks after what runs beside them: graph builds, checkpoints, syncs of the "os" durability.
 */
import { FrancaError } from "../errors.ts";
import { list } from "../model/bad-input.ts";
import { normalizeId, type PointId } from "../model/id.ts";
import type { Point, StoredPoint } from "../model/point.ts";
import type { QueryRequest, ReadOptions, ScrollRequest, Selection } from "../model/query.ts";
import type { QueryResult, ScrollPage, Warning, WriteResult } from "../model/result.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { checkFilter } from "../model/validate-filter.ts";
import { declaredTree } from "../model/validate-payload.ts";
import { checkSelection } from "../model/validate-query.ts";
import { checkSignal, checkSignalOptions } from "../model/validate-signal.ts";
import type {
  Collection,
  CollectionStats,
  CountRequest,
  FacetRequest,
  FacetValue,
  OptimizeOptions,
  PointChange,
  PointSelector,
  WriteOptions,
} from "../store.ts";
import { type Span, traced } from "../telemetry.ts";
import { type Noted, noteOpen } from "./backup/note.ts";
import { countBits, setBits } from "./bitset.ts";
import { bytesOnMedium } from "./checkpoint/checkpoint.ts";
import { Checkpointer } from "./checkpoint/checkpointer.ts";
import { Maintenance } from "./compaction/maintenance.ts";
import type { Directory } from "./file.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { systemFailure } from "./medium-failure.ts";
import { MemoryBudget } from "./memory/budget.ts";
import { CollectionMemory } from "./memory/collection-memory.ts";
import { runCount, runFacet } from "./query/count.ts";
import { fetchPoints } from "./query/fetch.ts";
import { runQuery } from "./query/query.ts";
import { runScroll } from "./query/scroll.ts";
import { selectSlots } from "./query/select-slots.ts";
import type { RecallKeeper, RecallOptions } from "./recall/recall.ts";
import type { CollectionState } from "./state.ts";
import type { Slot } from "./view.ts";
import { deleteWrite, updateWrite, upsertWrite } from "./write/prepare.ts";
import { submitTraced } from "./write/trace-write.ts";
import type { Shape } from "./write/validate-points.ts";
import { type Durability, type Write, Writer } from "./write/writer.ts";

export interface CollectionOptions {
  durability: Durability;
  /** Bytes written to the log between two checkpoints. */
  checkpointBytes: number;
  /** How long writes of durability "os" may stay with the operating system. */
  syncEveryMs: number;
  /** See LogOptions. */
  segmentBytes: { log: number; vectors: number };
  /** See MaintenanceOptions. Default 1024 slots, 1 MiB. */
  leastDead?: { slots: number; bytes: number };
  /** See MaintenanceOptions. Default 30 s. */
  retryMs?: number;
  /** What calls that wait for the disk may hold in memory. Default 512 MiB. */
  waitingBytes?: number;
  /** The store's, shared by its collections. Default: none. */
  budget?: MemoryBudget;
  /** Absent: targets of recall are answered exactly, and none is measured. */
  recall?: RecallOptions;
}

export class EngineCollection<S extends CollectionSchema = CollectionSchema> implements Collection<S> {
  readonly name: string;
  readonly state: CollectionState;
  readonly writer: Writer;
  readonly memory: CollectionMemory;
  readonly #budget: MemoryBudget;
  readonly #directory: Directory;
  readonly #options: CollectionOptions;
  readonly #builder: GraphBuilder;
  readonly #checkpointer: Checkpointer;
  readonly #maintenance: Maintenance;
  readonly recall: RecallKeeper | undefined;
  /** What opening found out. */
  readonly #warnings: readonly Warning[];
  #schema: CollectionSchema;
  #shape: Shape;
  #syncTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(
    schema: S,
    state: CollectionState,
    directory: Directory,
    options: CollectionOptions,
    warnings: readonly Warning[],
    recall?: RecallKeeper,
  ) {
    this.name = state.name;
    this.state = state;
    this.#schema = schema;
    this.#shape = shapeOf(state);
    this.#directory = directory;
    this.#options = options;
    this.#warnings = warnings;
    this.#budget = options.budget ?? new MemoryBudget();
    this.memory = new CollectionMemory(state, this.#budget, directory.isInMemory === true);
    this.#budget.add(this.memory);
    this.writer = new Writer(
      state,
      options.durability,
      (bytes) => this.#applied(bytes),
      (record) => this.memory.admit(record),
      options.waitingBytes,
    );
    this.recall = recall;
    const saveRecall = async () => recall?.save();
    this.#checkpointer = new Checkpointer(directory, state, this.writer, options.checkpointBytes, saveRecall);
    if (recall !== undefined) recall.onMeasured = () => this.#checkpointer.graphBuilt();
    this.#builder = new GraphBuilder(state.fields, state.vectorIndexes, () => {
      this.#checkpointer.graphBuilt();
      this.memory.changed();
      recall?.calibrator.notice();
    });
    const { segmentBytes, leastDead = { slots: 1024, bytes: 2 ** 20 }, retryMs = 30_000 } = options;
    this.#maintenance = new Maintenance(
      directory,
      state,
      this.writer,
      this.#checkpointer,
      { segmentBytes, leastDead, retryMs },
      () => this.#running.size > 0,
    );
    this.#builder.notice();
    this.#maintenance.notice();
    recall?.calibrator.notice();
  }

  get schema(): S {
    return this.#schema as S;
  }

  async upsert(points: readonly Point<S>[], options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write("upsert", options, (signal) => upsertWrite(points, () => this.#shape, signal));
  }

  async update(
    selector: PointSelector<S>,
    change: PointChange<S>,
    options: WriteOptions = {},
  ): Promise<WriteResult> {
    return this.#write("update", options, (signal) => {
      const select = (filter: unknown) => this.#select(filter, signal);
      return updateWrite(
        this.state,
        this.#checkedSelector(selector),
        change,
        () => this.#shape,
        select,
        signal,
      );
    });
  }

  async delete(selector: PointSelector<S>, options: WriteOptions = {}): Promise<WriteResult> {
    return this.#write("delete", options, (signal) => {
      const select = (filter: unknown) => this.#select(filter, signal);
      return deleteWrite(this.state, this.#checkedSelector(selector), select, signal);
    });
  }

  get(
    ids: readonly PointId[],
    select?: Selection<S>,
    options: ReadOptions = {},
  ): Promise<(StoredPoint<S> | undefined)[]> {
    return this.#read(async () => {
      const signal = checkSignalOptions(options, "options");
      const checked = checkSelection(select, this.state);
      const slots = list(ids, "ids", "point ids").map((id) => this.state.slotOf(normalizeId(id)));
      const found = [...new Set(slots.filter((slot) => slot !== undefined))];
      const points = (await fetchPoints(this.state, found, checked, signal)) as unknown as StoredPoint<S>[];
      const bySlot = new Map(found.map((slot, i) => [slot, points[i]]));
      return slots.map((slot) => (slot === undefined ? undefined : bySlot.get(slot)));
    });
  }

  query(request: QueryRequest<S>): Promise<QueryResult<S>> {
    this.#builder.queried();
    const run = (span: Span | undefined) =>
      runQuery(this.state, request, this.recall, span) as Promise<unknown> as Promise<QueryResult<S>>;
    return this.#read(() => traced("franca.query", () => ({ "franca.collection": this.name }), run));
  }

  scroll(request?: ScrollRequest<S>): Promise<ScrollPage<S>> {
    return this.#read(() => runScroll(this.state, request) as Promise<unknown> as Promise<ScrollPage<S>>);
  }

  count(request?: CountRequest<S>): Promise<{ count: number; warnings: Warning[] }> {
    return this.#read(() => runCount(this.state, request));
  }

  facet(request: FacetRequest<S>): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
    return this.#read(() => runFacet(this.state, request));
  }

  optimize(options: OptimizeOptions = {}): Promise<void> {
    const { onProgress } = options;
    return this.#use(async () => {
      const signal = checkSignal(options.signal, "options.signal");
      await this.#builder.optimize({
        ...(signal && { signal }),
        ...(onProgress && { onProgress: (progress) => onProgress({ stage: "build", ...progress }) }),
      });
      await this.#maintenance.optimize(signal, onProgress);
      await this.recall?.calibrator.refresh(signal);
      this.memory.changed();
    });
  }

  stats(): Promise<CollectionStats> {
    return this.#use(async () => {
      const { table, log } = this.state;
      const vectors: CollectionStats["vectors"] = {};
      for (const { name } of this.state.fields) {
        const index = this.state.vectorIndex(name);
        const count = countBits(this.state.slotsWithVector(name));
        vectors[name] = { count, indexed: index.indexed, memoryBytes: index.sizeBytes };
      }
      const { sparse = [], multi = [] } = this.state.entryIndexes ?? {};
      for (const [name, { has, sizeBytes }] of [...sparse, ...multi]) {
        vectors[name] = { count: countBits(has), indexed: 0, memoryBytes: sizeBytes };
      }
      return {
        points: this.state.points,
        lsn: log.lsn,
        vectors,
        slots: { given: table.slots, free: table.freeSlots, dead: table.deadSlots },
        segments: log.segments.length,
        deadBytes: table.usage.total.dead,
        diskBytes: await bytesOnMedium(this.#directory),
        memory: { ...this.memory.parts(), mappedBytes: this.state.mapped.sizeBytes },
        ...(this.recall && {
          recall: this.recall.sampled.estimates,
          calibrations: this.recall.calibrator.stats,
        }),
        warnings: [
          ...this.#warnings,
          ...this.state.warnings,
          ...this.#builder.warnings,
          ...this.#maintenance.warnings,
          ...this.#checkpointer.warnings,
          ...(this.recall?.calibrator.warnings ?? []),
        ],
      };
    });
  }

  /** Notes what it is at one moment; closing waits until that is ended. */
  note(): Promise<Noted> {
    return new Promise((resolve, reject) => {
      const use = async (): Promise<void> => {
        const noted = await noteOpen(this.#directory, this.state, this.#checkpointer);
        await new Promise<void>((ended) => {
          resolve({ ...noted, end: () => noted.end().finally(ended) });
        });
      };
      this.#use(use).catch(reject);
    });
  }

  /** Takes a changed schema into use; runs between writes. */
  adopt(schema: CollectionSchema): void {
    this.#schema = schema;
    if (this.state.adoptEntryFields(schema)) this.#shape = shapeOf(this.state);
    if (JSON.stringify(schema.payload ?? {}) === JSON.stringify(this.state.payloadFields)) return;
    this.state.payloadFields = schema.payload ?? {};
    this.#shape = shapeOf(this.state);
    // The one on the medium has the indexes of other fields.
    void this.#checkpointer.renew();
  }

  /** Finishes writes under way, stops builds, checkpoints when asked to, and frees everything. */
  close(checkpoint: boolean): Promise<void> {
    this.#closed ??= this.#close(checkpoint);
    return this.#closed;
  }

  async #close(checkpoint: boolean): Promise<void> {
    clearTimeout(this.#syncTimer);
    await Promise.all([this.#builder.stop(), this.#maintenance.stop()]);
    await this.recall?.stop();
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.writer.idle();
    // Again: writes that were under way may have set it.
    clearTimeout(this.#syncTimer);
    try {
      // A collection that failed is left as it is: what is durable of it only opening can tell.
      await this.#checkpointer.stop(checkpoint && this.writer.failure === undefined);
    } finally {
      await this.#maintenance.discarded();
      this.#budget.remove(this.memory);
      await this.state.free();
      await this.state.log.close();
    }
  }

  /** A read: what it finds stays where it is until it ends. */
  #read<T>(act: () => Promise<T>): Promise<T> {
    return this.#use(() => this.state.readers.during(act));
  }

  /** Runs `act` unless closed; closing waits for it. */
  #use<T>(act: () => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) {
      return Promise.reject(
        new FrancaError(
          "failed_precondition",
          `collection ${this.name} is closed; get it again from an open store`,
        ),
      );
    }
    const run = act().catch((error) => {
      throw systemFailure(error, `collection ${this.name}`);
    });
    this.#running.add(run);
    const done = () => {
      this.#running.delete(run);
    };
    run.then(done, done);
    return run;
  }

  async #write(
    kind: "upsert" | "update" | "delete",
    options: WriteOptions,
    make: (signal: AbortSignal | undefined) => Write,
  ): Promise<WriteResult> {
    return this.#use(() =>
      submitTraced(this.writer, this.name, kind, () => make(checkSignalOptions(options, "options"))),
    );
  }

  #applied(bytes: number): void {
    this.#builder.notice();
    this.#maintenance.notice();
    this.recall?.calibrator.notice();
    this.#checkpointer.written(bytes);
    this.memory.changed();
    if (this.#options.durability === "os" && this.#syncTimer === undefined) this.#syncLater();
  }

  #syncLater(): void {
    const timer = setTimeout(() => {
      this.#syncTimer = undefined;
      // A failure is kept by the log, which refuses every later write with it.
      this.writer.exclusive(() => this.state.log.sync()).catch(() => {});
    }, this.#options.syncEveryMs);
    // In Node a waiting sync keeps no process alive; closing syncs anyway.
    if (typeof timer === "object") (timer as { unref?: () => void }).unref?.();
    this.#syncTimer = timer;
  }

  /** Checks a filter now, so that a mistake is told at once, and keeps a copy for when its turn comes. */
  #checkedSelector(selector: unknown): unknown {
    const { filter, ...rest } = (selector ?? {}) as { filter?: unknown };
    if (filter === undefined) return selector;
    checkFilter(filter, this.state);
    return { ...rest, filter: structuredClone(filter) };
  }

  async #select(filter: unknown, signal: AbortSignal | undefined): Promise<Slot[]> {
    const { bits } = await selectSlots(this.state, filter, { signal });
    const damaged = this.state.damage.slots();
    if (damaged.length > 0) {
      const ids = damaged.slice(0, 100).map((slot) => this.state.idOf(slot));
      throw new FrancaError(
        "data_loss",
        `whether ${damaged.length === 1 ? "a damaged point matches" : `${damaged.length} damaged points match`} the filter cannot be known: ${ids.slice(0, 5).map(String).join(", ")}; upsert or delete them by id first`,
        { details: { ids, count: damaged.length } },
      );
    }
    return [...setBits(bits)];
  }
}

function shapeOf(state: CollectionState): Shape {
  return {
    fields: state.fields,
    entryFields: state,
    declared: declaredTree(state.payloadFields, state.paths),
    paths: state.paths,
    crc32c: state.crc32c,
  };
}
