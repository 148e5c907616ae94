/**
 * Checkpoints of what is derived from the log, so that opening need not replay all of it. Each file is replaced whole
 * and names the LSN it covers. One that is missing, damaged or does not fit is left out, with a warning: the log has it all.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Warning } from "../../model/result.ts";
import type { Directory } from "../file.ts";
import { loadPayloadIndexes } from "../index/payload-indexes.ts";
import type { LogPosition } from "../log/log.ts";
import { manifestName } from "../log/manifest.ts";
import type { SlotTable } from "../slots.ts";
import type { CollectionState } from "../state.ts";
import type { PayloadIndexes } from "../view.ts";
import { readWhole, replaceWhole, type WholeFile, type WholeFileFormat } from "../whole-file.ts";
import { decodeSlots, encodeSlots } from "./slots-file.ts";

const slotsFormat: WholeFileFormat = { kind: "ST", version: 1 };
const indexesFormat: WholeFileFormat = { kind: "PI", version: 1 };
const graphFormat: WholeFileFormat = { kind: "VG", version: 1 };
const slotsName = "slots.checkpoint";
const indexesName = "payload-indexes.checkpoint";
const graphName = (ordinal: number) => `graph-${ordinal}.checkpoint`;

/** Slot table and payload indexes at one moment, ready to be written. */
export interface Snapshot {
  lsn: number;
  slots: Uint8Array[];
  indexes: Uint8Array[];
}

/** Synchronous, so that it is of one moment. What it covers has to be durable before it is written. */
export function takeSnapshot(state: CollectionState): Snapshot {
  const { position } = state.log;
  // The declarations go with the indexes: other ones make them useless.
  const fields = new TextEncoder().encode(`${JSON.stringify(state.payloadFields)}\n`);
  return {
    lsn: position.lsn,
    slots: encodeSlots(state.table, position),
    indexes: [fields, state.indexes.save()],
  };
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

/** The graph of a field. Its LSN is of the moment it began; the slots it covers are in itself. */
export async function writeGraph(
  directory: Directory,
  state: CollectionState,
  ordinal: number,
): Promise<void> {
  const content = { lsn: state.log.lsn, body: state.vectorIndexes[ordinal]!.save() };
  await replaceWhole(directory, graphName(ordinal), graphFormat, content, state.crc32c);
}

export interface LoadedSlots {
  table: SlotTable;
  position: LogPosition;
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
  const slots = await load(directory, slotsName, slotsFormat, state, warn, state.log.lsn > 0, (file) => {
    const decoded = decodeSlots(file.body, state.fields.length);
    if (!state.log.holds(decoded.position)) throw new FrancaError("data_loss", "the log ends before it");
    return decoded;
  });
  if (slots === undefined) return undefined;
  const indexes = await load(directory, indexesName, indexesFormat, state, warn, true, (file) => {
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
    return loadPayloadIndexes(state.payloadFields, file.body.subarray(end + 1));
  });
  return indexes === undefined ? slots : { ...slots, indexes };
}

/** Lets a vector index adopt its graph; all slots have been put. */
export async function loadGraph(
  directory: Directory,
  state: CollectionState,
  ordinal: number,
  warn: (warning: Warning) => void,
): Promise<void> {
  await load(directory, graphName(ordinal), graphFormat, state, warn, false, (file) =>
    state.vectorIndexes[ordinal]!.load(pieces(file.body)),
  );
}

async function load<T>(
  directory: Directory,
  name: string,
  format: WholeFileFormat,
  state: CollectionState,
  warn: (warning: Warning) => void,
  isExpected: boolean,
  use: (file: WholeFile) => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await use(await readWhole(directory, name, format, state.crc32c));
  } catch (error) {
    // A file that was never written is no news.
    if (isFrancaError(error, "not_found") && !isExpected) return undefined;
    // Its checksum holds and its content does not fit (RangeError, SyntaxError), or it is damaged or too new.
    const isUnfit =
      error instanceof RangeError || error instanceof SyntaxError || error instanceof FrancaError;
    if (!isUnfit) throw error;
    warn({
      code: "derived_rebuilt",
      message: `${directory.location}/${name} could not be used (${error.message}); it is rebuilt from the log`,
      details: { file: `${directory.location}/${name}` },
    });
    return undefined;
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieceBytes = 2 ** 20;
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** What the checkpoints and the manifest take on the medium. */
export async function checkpointBytes(directory: Directory): Promise<number> {
  let bytes = 0;
  for (const name of await directory.list()) {
    if (!name.endsWith(".checkpoint") && name !== manifestName) continue;
    const file = await directory.open(name);
    bytes += await file.size();
    await file.close();
  }
  return bytes;
}
