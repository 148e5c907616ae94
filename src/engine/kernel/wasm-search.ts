/**
 * One search of the WebAssembly build: its block of memory, and its slices. The graph answers a query in one
 * slice, or gives it up; a scan is cut by ranges of slots, whose partial answers are merged by distance, then slot.
 */
import { cancelledError } from "../../errors.ts";
import type { VectorSearchResult } from "../kernel.ts";
import { type AnswerBlock, answerBlock, answerOf, gaveUpAt, statCount } from "./answer.ts";
import { type CheckedSearch, searchMode } from "./arguments.ts";
import { nextTurn, sliceMs } from "./turn.ts";
import type { WasmMemory } from "./wasm-memory.ts";
import type { Pointer, WasmExports } from "./wasm-module.ts";

/** Padded, so that the statistics behind it are aligned. */
const paramsBytes = 48;
const statsBytes = 8 * statCount;
/** `part` of struct fk_search_params. */
const part = { both: 0, graph: 1, pending: 2 } as const;

export class WasmSearch {
  readonly #exports: WasmExports;
  readonly #memory: WasmMemory;
  readonly #index: Pointer;
  readonly #dimension: number;
  readonly #search: CheckedSearch;
  readonly #base: Pointer;
  readonly #queries: Pointer;
  readonly #allowed: { bits: Pointer; words: number } | undefined;
  readonly #slots: Pointer;
  readonly #answer: AnswerBlock;
  readonly #stats: number[] = new Array(statCount).fill(0);
  /** Whether the walk of the last call was given up. */
  #gaveUp = false;
  /** Whether walks that give up leave the scan to slices. */
  #yields = false;
  #sliceFrom: number = performance.now();

  constructor(
    exports: WasmExports,
    memory: WasmMemory,
    index: Pointer,
    dimension: number,
    queries: Float32Array,
    search: CheckedSearch,
  ) {
    const { n, k, allow } = search;
    const allowWords = allow?.length ?? 0;
    const size = paramsBytes + statsBytes + 4 * (n * dimension + allowWords + 2 * n * k + n);
    this.#exports = exports;
    this.#memory = memory;
    this.#index = index;
    this.#dimension = dimension;
    this.#search = search;
    this.#answer = answerBlock(n, k);
    this.#base = memory.allocate(size, "a search");
    this.#queries = this.#base + paramsBytes + statsBytes;
    const bits = this.#queries + 4 * n * dimension;
    this.#allowed = allow === undefined ? undefined : { bits, words: allowWords };
    this.#slots = bits + 4 * allowWords;
    memory.floats(this.#queries, n * dimension).set(queries);
    if (allow !== undefined) memory.words(bits, allowWords).set(allow);
  }

  free(): void {
    this.#memory.free(this.#base);
  }

  /** Everything in one call. Returns the status. */
  runWhole(): number {
    const code = this.#call(this.#search.mode, 0, this.#search.n);
    if (code === 0) this.#collect(0, this.#search.n);
    return code;
  }

  /** The same in slices that yield to the event loop. `pending` slots are not in the graph, which holds `indexed`. */
  async runInSlices(
    slots: number,
    indexed: number,
    pending: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { n, mode } = this.#search;
    this.#yields = true;
    const isScan = mode === searchMode.exact || mode === searchMode.codes || indexed === 0;
    const scan = mode === searchMode.codes ? searchMode.codes : searchMode.exact;
    const isLong = pending > this.#rowsPerSlice();
    for (let query = 0; query < n; query++) {
      const code = isScan
        ? await this.#scan(scan, query, part.both, slots, signal)
        : await this.#walk(query, isLong, slots, signal);
      if (code !== 0) return code;
    }
    return 0;
  }

  result(): VectorSearchResult {
    new Float64Array(this.#answer.bytes.buffer, 0, statCount).set(this.#stats);
    return answerOf(this.#answer);
  }

  /** Through the graph. Where too much is pending for one slice it is scanned apart, and first: what enters the graph
   * meanwhile is then found twice rather than never. */
  async #walk(
    query: number,
    isLong: boolean,
    slots: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { mode } = this.#search;
    if (isLong) {
      const code = await this.#scan(searchMode.graph, query, part.pending, slots, signal);
      if (code !== 0) return code;
    }
    await this.#pause(signal);
    const code = this.#call(mode, query, 1, 0, 0, isLong ? part.graph : part.both);
    if (code !== 0) return code;
    this.#merge(query);
    if (!this.#gaveUp) return 0;
    this.#answer.counts[query] = 0;
    return this.#scan(searchMode.codes, query, part.both, slots, signal);
  }

  async #scan(
    mode: number,
    query: number,
    which: number,
    to: number,
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const step = this.#rowsPerSlice();
    let start = 0;
    do {
      await this.#pause(signal);
      const code = this.#call(mode, query, 1, start, Math.min(to, start + step), which);
      if (code !== 0) return code;
      this.#merge(query);
      start += step;
    } while (start < to);
    return 0;
  }

  /** About half a nanosecond a component: a slice of this many rows stays well below its time. */
  #rowsPerSlice(): number {
    return Math.max(256, Math.floor(4_000_000 / this.#dimension));
  }

  async #pause(signal: AbortSignal | undefined): Promise<void> {
    if (performance.now() - this.#sliceFrom >= sliceMs / 2) {
      await nextTurn();
      this.#sliceFrom = performance.now();
    }
    if (signal?.aborted) throw cancelledError("the search", signal);
  }

  #call(mode: number, query: number, n: number, fromSlot = 0, toSlot = 0, which: number = part.both): number {
    const { k, ef, budget, expected } = this.#search;
    const all = this.#search.n;
    // struct fk_search_params with 32-bit pointers.
    this.#memory
      .words(this.#base, 8)
      .set([k, ef, mode, fromSlot, toSlot, this.#allowed?.bits ?? 0, this.#allowed?.words ?? 0, budget]);
    this.#memory.floats(this.#base + 32, 1)[0] = expected;
    this.#memory.words(this.#base + 36, 2).set([this.#yields ? 1 : 0, which]);
    this.#memory.bytes(this.#base + paramsBytes, statsBytes).fill(0);
    return this.#exports.fk_index_search(
      this.#index,
      this.#base,
      this.#queries + 4 * query * this.#dimension,
      n,
      this.#slots + 4 * query * k,
      this.#slots + 4 * (all + query) * k,
      this.#slots + 4 * (2 * all * k + query),
      this.#base + paramsBytes,
      0,
    );
  }

  /** Copies the rows of `n` queries out of the memory, and adds up the statistics. */
  #collect(query: number, n: number): void {
    const { slots, distances, counts } = this.#read(query, n);
    const at = query * this.#search.k;
    this.#answer.slots.set(slots, at);
    this.#answer.distances.set(distances, at);
    this.#answer.counts.set(counts, query);
  }

  /** Merges a partial answer into the row of `query`, in the order of distances, then slots; a slot in both counts once. */
  #merge(query: number): void {
    const k = this.#search.k;
    const row = this.#answer.slots.subarray(query * k, (query + 1) * k);
    const rowDistances = this.#answer.distances.subarray(query * k, (query + 1) * k);
    const count = this.#answer.counts[query]!;
    const { slots, distances, counts } = this.#read(query, 1);
    const added = counts[0]!;
    if (added === 0 || (count === k && distances[0]! > rowDistances[k - 1]!)) return;
    const oldSlots = row.slice(0, count);
    const oldDistances = rowDistances.slice(0, count);
    let old = 0;
    let fresh = 0;
    let merged = 0;
    while (merged < k && (old < count || fresh < added)) {
      const order =
        old === count
          ? 1
          : fresh === added
            ? -1
            : oldDistances[old]! - distances[fresh]! || oldSlots[old]! - slots[fresh]!;
      row[merged] = order <= 0 ? oldSlots[old]! : slots[fresh]!;
      rowDistances[merged++] = order <= 0 ? oldDistances[old]! : distances[fresh]!;
      if (order <= 0) old++;
      if (order >= 0) fresh++;
    }
    this.#answer.counts[query] = merged;
  }

  #read(query: number, n: number): { slots: Uint32Array; distances: Float32Array; counts: Uint32Array } {
    const k = this.#search.k;
    const all = this.#search.n;
    const stats = this.#memory.longs(this.#base + paramsBytes, statCount);
    for (let i = 0; i < statCount; i++) this.#stats[i]! += Number(stats[i]);
    this.#gaveUp = stats[gaveUpAt] !== 0n;
    return {
      slots: this.#memory.words(this.#slots + 4 * query * k, n * k),
      distances: this.#memory.floats(this.#slots + 4 * (all + query) * k, n * k),
      counts: this.#memory.words(this.#slots + 4 * (2 * all * k + query), n),
    };
  }
}
