/**
 * Checkpoints of what is derived from the log, so that opening need not replay all of it. Each file is replaced whole
 * and names the LSN it covers. One that is missing, damaged or does not fit is left out, with a warning: the log has it all.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import { loadPayloadIndexes } from "../index/payload-indexes.ts";
import { createPauser } from "../query/pause.ts";
import { noRow } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import type { PayloadIndexes } from "../view.ts";
import { readWhole, replaceWhole, unusable, type WholeFile, type WholeFileFormat } from "../whole-file.ts";
import { decodeSlots, encodeSlots, type StoredSlots, slicesOf } from "./slots-file.ts";

const slotsFormat: WholeFileFormat = { kind: "ST", version: 2 };
const indexesFormat: WholeFileFormat = { kind: "PI", version: 1 };
const graphFormat: WholeFileFormat = { kind: "VG", version: 1 };
export const slotsName = "slots.checkpoint";
export const indexesName = "payload-indexes.checkpoint";
const graphName = (ordinal: number) => `graph-${ordinal}.checkpoint`;

/** Which files of a collection's folder are checkpoints. */
export function checkpointNames(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(".checkpoint"));
}

/** Slot table and payload indexes at one moment, ready to be written. */
export interface Snapshot {
  lsn: number;
  slots: AsyncIterable<Uint8Array>;
  indexes: Iterable<Uint8Array>;
}

/** Nothing may be written meanwhile, so that it is of one moment. What it covers has to be durable before it is written. */
export async function takeSnapshot(state: CollectionState): Promise<Snapshot> {
  const { log, table, graphFiles } = state;
  const { position } = log;
  const segments = log.segments.map(({ id }) => id);
  const slots = encodeSlots({ table, position, segments, graphs: graphFiles, damaged: state.damage.slots() });
  // The declarations go with the indexes: other ones make them useless.
  const fields = new TextEncoder().encode(`${JSON.stringify(state.payloadFields)}\n`);
  const indexes = await state.indexes.saveInTurns(createPauser());
  return { lsn: position.lsn, slots, indexes: withFirst(fields, slicesOf(indexes)) };
}

function* withFirst(first: Uint8Array, rest: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield first;
  yield* rest;
}

export async function writeSnapshot(
  directory: Directory,
  state: CollectionState,
  snapshot: Snapshot,
): Promise<void> {
  const { lsn } = snapshot;
  await replaceWhole(directory, slotsName, slotsFormat, { lsn, body: snapshot.slots }, state.crc32c);
  await replaceWhole(directory, indexesName, indexesFormat, { lsn, body: snapshot.indexes }, state.crc32c);
}

/**
 * The graph of a field. Its LSN, which is returned, is of the moment it began; the slots it covers are in itself.
 * @param makeDurable makes the log durable: a graph must not outlive what it knows, when a slot gets another tenant then
 */
export async function writeGraph(
  directory: Directory,
  state: CollectionState,
  ordinal: number,
  makeDurable: () => Promise<void>,
): Promise<number> {
  const { lsn } = state.log;
  async function* body() {
    yield* state.vectorIndexes[ordinal]!.save();
    await makeDurable();
  }
  await replaceWhole(directory, graphName(ordinal), graphFormat, { lsn, body: body() }, state.crc32c);
  return lsn;
}

export interface LoadedSlots extends StoredSlots {
  /** Absent when they have to be rebuilt. */
  indexes?: PayloadIndexes;
}

/** What there is to start from; undefined when all has to be replayed. */
export async function loadSnapshot(
  directory: Directory,
  state: CollectionState,
  warn: (warning: Warning) => void,
): Promise<LoadedSlots | undefined> {
  // Before it is replayed a log knows its end from the manifest, which is written again with each checkpoint.
  const slots = await load(
    directory,
    slotsName,
    readWhole(directory, slotsName, slotsFormat, state.crc32c),
    warn,
    state.log.lsn > 0,
    async (file) => {
      // It lacks what compaction needs to know. Once the log is replayed the next one has it.
      if (file.version === 1) return undefined;
      const decoded = await decodeSlots(file.body, state.strides);
      if (!state.log.holds(decoded.position, decoded.segments)) {
        throw new FrancaError("data_loss", "the log ends before it, or was compacted after it");
      }
      expectPlaces(decoded, state);
      return decoded;
    },
  );
  if (slots === undefined) return undefined;
  const reading = readWhole(directory, indexesName, indexesFormat, state.crc32c);
  const indexes = await load(directory, indexesName, reading, warn, true, (file) => {
    if (file.lsn !== slots.position.lsn) {
      throw new FrancaError(
        "data_loss",
        `it covers LSN ${file.lsn}, and the slot table ${slots.position.lsn}`,
      );
    }
    const end = file.body.indexOf(10);
    const fields = new TextDecoder().decode(file.body.subarray(0, end));
    if (fields !== JSON.stringify(state.payloadFields))
      throw new FrancaError("data_loss", "it is of other fields");
    return loadPayloadIndexes(state.payloadFields, file.body.subarray(end + 1), state.paths);
  });
  return indexes === undefined ? slots : { ...slots, indexes };
}

/** Rows and entries lie within their files. @throws FrancaError data_loss */
function expectPlaces({ table }: StoredSlots, { log }: CollectionState): void {
  const ends = new Map(log.segments.map(({ id, end }) => [id, end]));
  const { entrySegment, entryOffset, entryLength, bornIn, rows } = table;
  // Slots that follow each other lie mostly in one segment, and there are many.
  let entries = { segment: -1, end: 0 };
  let born = { segment: -1, rows: [] as readonly number[] };
  for (let slot = 0; slot < table.slots; slot++) {
    let isInside = true;
    if (table.isLive(slot)) {
      const segment = entrySegment[slot]!;
      if (segment !== entries.segment) entries = { segment, end: ends.get(segment)?.logBytes ?? 0 };
      isInside = entryOffset[slot]! + entryLength[slot]! <= entries.end;
    }
    for (let ordinal = 0; ordinal < rows.length; ordinal++) {
      const row = rows[ordinal]![slot]!;
      if (row === noRow) continue;
      const segment = bornIn[slot]!;
      if (segment !== born.segment) born = { segment, rows: ends.get(segment)?.rows ?? [] };
      if (row >= (born.rows[ordinal] ?? 0)) isInside = false;
    }
    if (!isInside) throw new FrancaError("data_loss", "it tells of places that the log does not have");
  }
}

/** The slot table of the checkpoint, for who reads a log that is damaged. @throws as `readWhole`, and for other content */
export async function readSlots(
  directory: Directory,
  strides: readonly number[],
  crc32c: CollectionState["crc32c"],
): Promise<StoredSlots> {
  const { body, version } = await readWhole(directory, slotsName, slotsFormat, crc32c);
  if (version === 1) throw new FrancaError("data_loss", "it is of version 1, which is not used any more");
  return decodeSlots(body, strides);
}

/** The payload fields that the indexes' checkpoint was taken for. @throws as `readWhole`; SyntaxError */
export async function readDeclaredFields(
  directory: Directory,
  crc32c: CollectionState["crc32c"],
): Promise<CollectionState["payloadFields"]> {
  const { body } = await readWhole(directory, indexesName, indexesFormat, crc32c);
  return JSON.parse(new TextDecoder().decode(body.subarray(0, body.indexOf(10))));
}

/** Begins to read the file of a graph, which need not wait for the slots. How that fails is for `loadGraph` to tell. */
export function readGraph(directory: Directory, state: CollectionState, ordinal: number): Promise<WholeFile> {
  const reading = readWhole(directory, graphName(ordinal), graphFormat, state.crc32c);
  reading.catch(() => {});
  return reading;
}

/** Lets a vector index adopt its graph; all slots have been put. */
export async function loadGraph(
  directory: Directory,
  state: CollectionState,
  ordinal: number,
  warn: (warning: Warning) => void,
  reading: Promise<WholeFile>,
): Promise<void> {
  const leastLsn = state.graphFiles.get(ordinal);
  const isLoaded = await load(
    directory,
    graphName(ordinal),
    reading,
    warn,
    leastLsn !== undefined,
    async (file) => {
      if (file.lsn < (leastLsn ?? 0)) {
        throw new FrancaError("data_loss", "it is older than the last release of slots");
      }
      await state.vectorIndexes[ordinal]!.load(pieces(file.body));
      return true;
    },
  );
  if (isLoaded === true) state.graphFiles.set(ordinal, leastLsn ?? 0);
  // What is lost is told once: the next checkpoint of the slots does not expect it.
  else if (state.graphFiles.delete(ordinal)) state.checkpointLsn = 0;
}

async function load<T>(
  directory: Directory,
  name: string,
  reading: Promise<WholeFile>,
  warn: (warning: Warning) => void,
  isExpected: boolean,
  use: (file: WholeFile) => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await use(await reading);
  } catch (error) {
    // A file that was never written is no news.
    const where = `${directory.location}/${name}`;
    const warning = unusable(error, { where, isExpected, instead: "it is rebuilt from the log" });
    if (warning !== undefined) warn(warning);
    return undefined;
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieceBytes = 2 ** 20;
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** What all files of a collection take on the medium. */
export async function bytesOnMedium(directory: Directory): Promise<number> {
  let bytes = 0;
  for (const name of await directory.list()) {
    try {
      const file = await directory.open(name);
      bytes += await file.size();
      await file.close();
    } catch (error) {
      // Files come and go while the collection is in use.
      if (!isFrancaError(error, "not_found")) throw error;
    }
  }
  return bytes;
}
