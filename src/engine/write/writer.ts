/**
 * The one writer of a collection: takes calls in their order, commits those that wait together as one frame with one
 * sync, applies them, and only then acknowledges. What is acknowledged is durable and visible.
 *
 * A call that depends on what is there (an update, a deletion) is prepared on the applied state. It joins a group
 * only when nothing in the group touches its points; a call that selects by filter begins a group of its own.
 */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { PointId } from "../../model/id.ts";
import type { Payload } from "../../model/payload.ts";
import type { WriteResult } from "../../model/result.ts";
import type { Log } from "../log/log.ts";
import type { EncodedRecord } from "../log/record.ts";
import { brokenError } from "../medium-failure.ts";
import type { CollectionState } from "../state.ts";

export type Durability = "commit" | "os";

/** A record ready to be appended, and what its call gets to know. */
export interface PreparedWrite extends EncodedRecord {
  count: number;
  /** Of a payload mutation: the payloads that it replaces. */
  before?: Payload[];
}

export interface Write {
  /** Ids whose points it writes, or "unknown" before its filter has been evaluated. */
  touches: readonly PointId[] | "unknown";
  /** Whether `prepare` reads what is there. */
  reads: boolean;
  /** What it holds in memory while it waits for its turn. */
  heldBytes: number;
  /** Undefined when there is nothing to write. */
  prepare(): PreparedWrite | undefined | Promise<PreparedWrite | undefined>;
  signal?: AbortSignal;
  /** Filled in before it is acknowledged, where somebody wants to know. */
  times?: Partial<GroupTimes>;
}

/** Of the group that a write was committed with; of performance.now(). */
export interface GroupTimes {
  startMs: number;
  appendedMs: number;
  appliedMs: number;
  writes: number;
}

interface Waiting {
  write: Write;
  resolve(result: WriteResult): void;
  reject(reason: unknown): void;
  /** Its turn has come. */
  leaveQueue(): void;
}

interface Member {
  waiting: Waiting;
  prepared: PreparedWrite | undefined;
}

/** Something that must not overlap a write. */
interface Task {
  run(): Promise<void>;
}

/** A group takes no further calls beyond this, so that the first of them does not wait long. */
const groupBytes = 16 * 2 ** 20;
const groupCalls = 4096;
/** Calls that wait may hold so much; beyond it their maker outruns the disk, and is told. */
const mostWaitingBytes: number = 512 * 2 ** 20;
/** So that a group always fits a frame (1 GiB). */
const mostRecordBytes = 2 ** 29;

export class Writer {
  readonly #state: CollectionState;
  readonly #log: Log;
  readonly #durability: Durability;
  readonly #onApplied: (bytes: number) => void;
  readonly #admit: (record: EncodedRecord) => Promise<void>;
  readonly #mostWaitingBytes: number;
  readonly #queue: (Waiting | Task)[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #failure: FrancaError | undefined;

  /** @param admit asked for each record before it is appended, between two appends; it may refuse by throwing */
  constructor(
    state: CollectionState,
    durability: Durability,
    onApplied: (bytes: number) => void,
    admit: (record: EncodedRecord) => Promise<void> = async () => {},
    waitingBytes: number = mostWaitingBytes,
  ) {
    this.#state = state;
    this.#log = state.log;
    this.#durability = durability;
    this.#onApplied = onApplied;
    this.#admit = admit;
    this.#mostWaitingBytes = waitingBytes;
  }

  /**
   * @throws FrancaError of the write's own preparation; of the log, see there; cancelled; resource_exhausted when so much
   * waits already that its maker should have awaited some of it
   */
  submit(write: Write): Promise<WriteResult> {
    if (this.#waitingBytes > 0 && this.#waitingBytes + write.heldBytes > this.#mostWaitingBytes) {
      return Promise.reject(outrunError(this.#waitingBytes, write.heldBytes, this.#mostWaitingBytes));
    }
    this.#waitingBytes += write.heldBytes;
    return new Promise((resolve, reject) => {
      const waiting = { write, resolve, reject, leaveQueue: () => {} };
      this.#leaveWhenAborted(waiting);
      this.#queue.push(waiting);
      this.#start();
    });
  }

  /** One that waits for its turn, perhaps behind long ones, need not wait to be told that it has none. */
  #leaveWhenAborted(waiting: Waiting): void {
    const { signal, heldBytes } = waiting.write;
    if (signal === undefined || signal.aborted) return;
    const abort = (): void => {
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      this.#waitingBytes -= heldBytes;
      waiting.reject(cancelledError("the write", signal));
    };
    signal.addEventListener("abort", abort, { once: true });
    waiting.leaveQueue = () => signal.removeEventListener("abort", abort);
  }

  /** Runs `act` when the writes before it are applied, and before those after it begin. */
  exclusive<T>(act: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ run: () => act().then(resolve, reject) });
      this.#start();
    });
  }

  /** Set when nothing more may be written until the database is reopened. */
  get failure(): FrancaError | undefined {
    return this.#failure ?? this.#log.failure;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    // Calls made in the same turn of the event loop get into the first group together.
    await undefined;
    while (this.#queue.length > 0) {
      const next = this.#queue[0]!;
      if ("run" in next) {
        this.#queue.shift();
        await next.run();
      } else {
        await this.#commit(await this.#gather());
      }
    }
  }

  async #gather(): Promise<Member[]> {
    const group: Member[] = [];
    const touched = new Touched();
    let bytes = 0;
    while (this.#queue.length > 0 && bytes < groupBytes && group.length < groupCalls) {
      const waiting = this.#queue[0]!;
      if ("run" in waiting || !touched.admits(waiting.write)) break;
      this.#queue.shift();
      waiting.leaveQueue();
      this.#waitingBytes -= waiting.write.heldBytes;
      const prepared = await this.#prepare(waiting);
      if (prepared === "rejected") continue;
      bytes += prepared === undefined ? 0 : sizeOf(prepared);
      group.push({ waiting, prepared });
      touched.add(waiting.write);
    }
    return group;
  }

  async #prepare({ write, reject }: Waiting): Promise<PreparedWrite | undefined | "rejected"> {
    try {
      if (this.failure !== undefined) throw brokenError(this.failure);
      if (write.signal?.aborted) throw cancelledError("the write", write.signal);
      const prepared = await write.prepare();
      if (write.signal?.aborted) throw cancelledError("the write", write.signal);
      if (prepared !== undefined && prepared.bytes.length > mostRecordBytes) {
        throw new FrancaError(
          "resource_exhausted",
          `one write has at most ${mostRecordBytes} bytes without its vectors; got ${prepared.bytes.length}: split it`,
        );
      }
      if (prepared !== undefined) await this.#admit(prepared);
      return prepared;
    } catch (error) {
      reject(error);
      return "rejected";
    }
  }

  /** The last moment at which a call may still be taken back is when the group is appended. */
  async #commit(gathered: readonly Member[]): Promise<void> {
    const group = gathered.filter(({ waiting: { write, reject } }) => {
      if (write.signal?.aborted) reject(cancelledError("the write", write.signal));
      return !write.signal?.aborted;
    });
    const unused = this.#state.table.unused();
    for (const { prepared } of group) {
      if (prepared?.mutation.kind !== "put") continue;
      prepared.mutation.slots = prepared.mutation.ids.map(() => unused.next().value);
    }
    const records = group.flatMap(({ prepared }) => (prepared === undefined ? [] : [prepared]));
    try {
      const startMs = performance.now();
      const { firstLsn, appendedMs } =
        records.length === 0 ? { firstLsn: 0, appendedMs: startMs } : await this.#appendAndApply(records);
      const times: GroupTimes = { startMs, appendedMs, appliedMs: performance.now(), writes: group.length };
      let lsn = firstLsn === 0 ? this.#log.lsn : firstLsn - 1;
      for (const { waiting, prepared } of group) {
        if (prepared !== undefined) lsn++;
        if (waiting.write.times !== undefined) Object.assign(waiting.write.times, times);
        waiting.resolve({ lsn, count: prepared?.count ?? 0 });
      }
    } catch (error) {
      for (const { waiting } of group) waiting.reject(error);
    }
  }

  async #appendAndApply(
    records: readonly PreparedWrite[],
  ): Promise<{ firstLsn: number; appendedMs: number }> {
    const { firstLsn, segment, offsets } = await this.#log.append(records, this.#durability === "commit");
    const appendedMs = performance.now();
    try {
      records.forEach((record, i) => {
        this.#state.apply(record.mutation, { segment, offset: offsets[i]! }, record.before ?? []);
      });
    } catch (error) {
      // The log has it and memory does not: what is derived would be wrong from here on.
      this.#failure = new FrancaError(
        "internal",
        "a durable write could not be applied in memory; close the database and open it again",
        { cause: error },
      );
      throw this.#failure;
    }
    this.#onApplied(records.reduce((sum, record) => sum + sizeOf(record), 0));
    return { firstLsn, appendedMs };
  }
}

function outrunError(waitingBytes: number, heldBytes: number, mostBytes: number): FrancaError {
  return new FrancaError(
    "resource_exhausted",
    `writes of ${waitingBytes} bytes wait for the disk already, and at most ${mostBytes} may; nothing of this one (${heldBytes} bytes) was written: await earlier writes before making more`,
    { details: { outcome: "undone", waitingBytes, heldBytes, mostBytes } },
  );
}

/** The points that a group writes; collected only once a call asks that reads what is there. */
class Touched {
  readonly #writes: Write[] = [];
  readonly #ids = new Set<PointId>();
  #collected = 0;

  add(write: Write): void {
    this.#writes.push(write);
  }

  /** Whether a call sees on the applied state what it would see after the group. */
  admits(write: Write): boolean {
    if (this.#writes.length === 0) return true;
    if (this.#writes.some(({ touches }) => touches === "unknown")) return !write.reads;
    if (!write.reads) return true;
    if (write.touches === "unknown") return false;
    for (; this.#collected < this.#writes.length; this.#collected++) {
      for (const id of this.#writes[this.#collected]!.touches as readonly PointId[]) this.#ids.add(id);
    }
    return !write.touches.some((id) => this.#ids.has(id));
  }
}

function sizeOf({ bytes, mutation }: EncodedRecord): number {
  if (mutation.kind !== "put") return bytes.length;
  return mutation.vectors.reduce((sum, field) => sum + field.rows.byteLength, bytes.length);
}
