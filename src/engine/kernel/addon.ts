/** What the Node-API addon (native/node/) exports. Statuses are fk_status of kernel.h; see status.ts. */

declare const index: unique symbol;
declare const saver: unique symbol;
declare const loader: unique symbol;
declare const mapping: unique symbol;
/** Handles are opaque; a collected one gives its memory back. */
export type IndexHandle = { [index]: true };
export type SaverHandle = { [saver]: true };
export type LoaderHandle = { [loader]: true };
export type MappingHandle = { [mapping]: true };

/** Two words shared with a running call: [0] ≠ 0 stops it, [1] counts what it has done. */
export type Control = Uint32Array;

/** As in fk_json_view: [fault, faultAt, text, floats, places, keys, lists, pieces]; what is empty is absent. */
export type JsonAnswer = [] | [number, number, string?, ...(ArrayBuffer | undefined)[]];

export interface Addon {
  abiVersion(): number;
  instructionSet(): string;
  crc32c(seed: number, bytes: Uint8Array): number;
  /** The first row that is short or whose checksum differs; as many as there are checksums when all hold. */
  firstBadRow(bytes: Uint8Array, rowBytes: number, checksums: Uint32Array): number;
  distance(metric: number, a: Float32Array, b: Float32Array): number;
  /** How many bytes were read; −1 when not all are in memory now, −2 where the system cannot tell. */
  readCached(descriptor: number, offset: number, bytes: Uint8Array): number;
  /** The status; fills `answer`. */
  readJsonSync(
    body: Uint8Array,
    names: Uint8Array,
    maxDepth: number,
    pieceBytes: number,
    answer: JsonAnswer,
  ): number;
  /** The same on a thread. The body is kept alive, and must not change, until it settles. */
  readJson(
    body: Uint8Array,
    names: Uint8Array,
    maxDepth: number,
    pieceBytes: number,
    answer: JsonAnswer,
  ): Promise<number>;
  /** The handle, or the status when it is refused. */
  createIndex(
    dimension: number,
    metric: number,
    m: number,
    efConstruction: number,
    seed: number,
  ): IndexHandle | number;
  freeIndex(index: IndexHandle): void;
  put(index: IndexHandle, firstSlot: number, vectors: Float32Array): number;
  markDeleted(index: IndexHandle, slot: number): number;
  slots(index: IndexHandle): number;
  indexed(index: IndexHandle): number;
  pending(index: IndexHandle): number;
  deletedInGraph(index: IndexHandle): number;
  sizeBytes(index: IndexHandle): number;
  searchSync(
    index: IndexHandle,
    queries: Float32Array,
    k: number,
    ef: number,
    mode: number,
    allow: Uint32Array | undefined,
    answer: Uint8Array,
    budget: number,
    expected: number,
  ): number;
  /** On the kernel's threads. All arrays are kept alive, and must not change, until it settles. */
  search(
    index: IndexHandle,
    queries: Float32Array,
    k: number,
    ef: number,
    mode: number,
    allow: Uint32Array | undefined,
    answer: Uint8Array,
    budget: number,
    expected: number,
    control: Control,
  ): Promise<number>;
  build(index: IndexHandle, threads: number, control: Control): Promise<number>;
  repair(index: IndexHandle, threads: number, control: Control): Promise<number>;
  /** The slots are kept alive, and must not change, until it settles. */
  release(index: IndexHandle, slots: Uint32Array): Promise<number>;
  /** The saver, or the status when it is refused. */
  saveBegin(index: IndexHandle): SaverHandle | number;
  /** Bytes written, 0 at the end; minus the status on failure. */
  saveRead(saver: SaverHandle, buffer: Uint8Array): number;
  saveEnd(saver: SaverHandle): void;
  loadBegin(index: IndexHandle): LoaderHandle | number;
  /** The bytes are kept alive, and must not change, until it settles. */
  loadWrite(loader: LoaderHandle, bytes: Uint8Array): Promise<number>;
  /** Checks and adopts on threads; ends the loader in every case. */
  loadCommit(loader: LoaderHandle, index: IndexHandle, threads: number): Promise<number>;
  loadAbandon(loader: LoaderHandle): void;
  /** The handle, or why the file cannot be mapped. */
  mapFile(path: string, sizeBytes: number): MappingHandle | string;
  /** Indexes that still read from it keep the bytes. */
  giveUpMapping(mapping: MappingHandle): void;
  putMapped(
    index: IndexHandle,
    firstSlot: number,
    vectors: Float32Array,
    mapping: MappingHandle,
    firstRow: number,
  ): number;
  borrow(index: IndexHandle, slots: Uint32Array, mapping: MappingHandle, rows: Uint32Array): number;
  hold(index: IndexHandle, slots: Uint32Array): Promise<number>;
  settle(index: IndexHandle, fromSlot: number, toSlot: number): Promise<number>;
  leave(index: IndexHandle, mapping: MappingHandle): Promise<number>;
}
