/**
 * All field indexes of a collection. It splits payloads into the values of each declared field, keeps which slots have
 * values and nulls, and leaves the rest to the index of the field's type.
 */
import { FrancaError } from "../../errors.ts";
import { isNothing, type Path, type PathSyntax, readPath, valuesAt, wholesAt } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { PayloadField } from "../../model/schema.ts";
import {
  andNotInto,
  type Bitset,
  clearBit,
  countBits,
  emptyBitset,
  grownBitset,
  hasBit,
  setBit,
} from "../bitset.ts";
import type { PayloadIndexes } from "../view.ts";
import { type ByteReader, type ByteWriter, byteReader, byteWriter, damagedIndex } from "./bytes.ts";
import type { FieldIndex } from "./field-index.ts";
import { GeoIndex } from "./geo-index.ts";
import { KeywordIndex } from "./keyword-index.ts";
import { NumberIndex } from "./number-index.ts";
import { TextIndex } from "./text/text-index.ts";

/** An index and what every type of field keeps beside it. */
export interface IndexedField {
  readonly declaration: PayloadField;
  readonly index: FieldIndex;
  /** Slots with a value that is not null (of explicit paths: with what is neither null nor []); slots with a null. Deleted slots are clear. May be shorter than the collection. */
  readonly filled: Bitset;
  readonly nulls: Bitset;
}

const format = 1;
/** Dead slots are forgotten when there are this many, and more of them than live ones. */
const fewestDead = 4096;

export function createPayloadIndexes(
  fields: { readonly [path: string]: PayloadField },
  paths: PathSyntax = "implicit",
): PayloadIndexes {
  const indexes = new EngineIndexes(paths);
  for (const [path, field] of Object.entries(fields)) indexes.addField(path, field, []);
  return indexes;
}

/** @throws FrancaError data_loss for bytes that `save` did not write for these fields */
export function loadPayloadIndexes(
  fields: { readonly [path: string]: PayloadField },
  bytes: Uint8Array,
  paths: PathSyntax = "implicit",
): PayloadIndexes {
  const indexes = new EngineIndexes(paths);
  for (const [path, field] of Object.entries(fields)) indexes.addField(path, field, []);
  const reader = byteReader(bytes);
  indexes.load(reader);
  reader.end();
  return indexes;
}

interface Field extends IndexedField {
  readonly at: Path;
  filled: Bitset;
  nulls: Bitset;
}

class EngineIndexes implements PayloadIndexes {
  changes = 0;
  private readonly fields: Map<string, Field> = new Map();
  private live: Bitset = emptyBitset(0);
  private liveCount = 0;
  /** Slots that died since the last vacuum. */
  private dead: Bitset = emptyBitset(0);
  private deadCount = 0;
  /** One past the highest slot seen. */
  private slots = 0;
  private readonly paths: PathSyntax;

  constructor(paths: PathSyntax) {
    this.paths = paths;
  }

  field(path: string): IndexedField | undefined {
    return this.fields.get(path);
  }

  insert(slot: number, payload: Payload): void {
    this.changes += 1;
    this.begin(slot);
    for (const field of this.fields.values()) insertInto(field, slot, payload);
  }

  update(slot: number, before: Payload, after: Payload): void {
    this.changes += 1;
    for (const field of this.fields.values()) {
      const { index, at } = field;
      index.update(slot, withoutNulls(valuesAt(before, at)), withoutNulls(valuesAt(after, at)));
      setPresence(field, slot, wholesAt(after, at));
    }
  }

  delete(slot: number): void {
    if (!hasBit(this.live, slot)) return;
    this.changes += 1;
    clearBit(this.live, slot);
    this.liveCount -= 1;
    this.dead = grownBitset(this.dead, this.slots);
    setBit(this.dead, slot);
    this.deadCount += 1;
    for (const field of this.fields.values()) {
      field.index.delete(slot);
      setPresence(field, slot, []);
    }
    if (this.deadCount > Math.max(fewestDead, this.liveCount)) this.vacuum();
  }

  addField(path: string, declaration: PayloadField, points: Iterable<[number, Payload]>): void {
    const index = createFieldIndex(declaration);
    const none = emptyBitset(this.slots);
    const at = readPath(path, this.paths);
    if (at === undefined) throw new FrancaError("internal", `${JSON.stringify(path)} is no path`);
    const field: Field = { declaration, index, at, filled: none, nulls: none.slice() };
    for (const [slot, payload] of points) {
      this.begin(slot);
      insertInto(field, slot, payload);
    }
    this.fields.set(path, field);
  }

  dropField(path: string): void {
    this.fields.delete(path);
  }

  get liveShare(): number {
    return this.liveCount === 0 ? 1 : this.liveCount / (this.liveCount + this.deadCount);
  }

  get sizeBytes(): number {
    let size = this.live.byteLength + this.dead.byteLength;
    for (const { index, filled, nulls } of this.fields.values()) {
      size += index.sizeBytes + filled.byteLength + nulls.byteLength;
    }
    return size;
  }

  save(): Uint8Array {
    const writer = byteWriter();
    for (const _ of this.savedInto(writer));
    return writer.finish();
  }

  async saveInTurns(pause: () => Promise<void> | undefined): Promise<Uint8Array> {
    const writer = byteWriter();
    for (const _ of this.savedInto(writer)) await pause();
    return writer.finish();
  }

  async vacuumInTurns(pause: () => Promise<void> | undefined): Promise<void> {
    const dead = this.dead.slice();
    for (const { index } of [...this.fields.values()]) {
      index.vacuum(dead);
      this.changes += 1;
      await pause();
    }
    // Only now: what is saved in between has to know that some fields may still hold them.
    andNotInto(this.dead, dead);
    this.deadCount = countBits(this.dead);
  }

  private *savedInto(writer: ByteWriter): Generator<void> {
    writer.uint32(format);
    writer.uint32(this.slots);
    writer.array(exactSize(this.live, this.slots));
    writer.array(exactSize(this.dead, this.slots));
    writer.uint32(this.fields.size);
    for (const [path, field] of this.fields) {
      yield;
      writer.string(path);
      writer.string(signature(field.declaration));
      writer.array(exactSize(field.filled, this.slots));
      writer.array(exactSize(field.nulls, this.slots));
      field.index.save(writer);
    }
  }

  load(reader: ByteReader): void {
    const version = reader.uint32();
    if (version !== format) throw damagedIndex(`its version is ${version}, not ${format}`);
    this.slots = reader.uint32();
    const bitset = (): Bitset => {
      const bits = reader.uint32Array();
      const spare = this.slots & 31;
      const stray = spare !== 0 && bits.length > 0 && bits.at(-1)! >>> spare !== 0;
      if (bits.length !== (this.slots + 31) >>> 5 || stray) throw damagedIndex("a bitset has the wrong size");
      return bits;
    };
    const isSubset = (bits: Bitset): boolean => bits.every((word, i) => (word & ~this.live[i]!) === 0);
    this.live = bitset();
    this.dead = bitset();
    if (this.dead.some((word, i) => (word & this.live[i]!) !== 0))
      throw damagedIndex("a slot is dead and alive");
    for (let slot = 0; slot < this.slots; slot++) {
      if (hasBit(this.live, slot)) this.liveCount += 1;
      if (hasBit(this.dead, slot)) this.deadCount += 1;
    }
    const size = reader.uint32();
    if (size !== this.fields.size) throw damagedIndex("it is of other fields");
    const seen = new Set<string>();
    for (let i = 0; i < size; i++) {
      const path = reader.string();
      const field = this.fields.get(path);
      if (field === undefined || seen.has(path) || reader.string() !== signature(field.declaration)) {
        throw damagedIndex("it is of other fields");
      }
      seen.add(path);
      field.filled = bitset();
      field.nulls = bitset();
      if (!isSubset(field.filled) || !isSubset(field.nulls)) throw damagedIndex("a dead slot has values");
      field.index.load(reader, this.slots);
    }
  }

  private begin(slot: number): void {
    if (slot >= this.slots) this.slots = slot + 1;
    this.live = grownBitset(this.live, this.slots);
    if (hasBit(this.live, slot)) return;
    // Its former values would come back with it.
    if (hasBit(this.dead, slot)) this.vacuum();
    setBit(this.live, slot);
    this.liveCount += 1;
  }

  private vacuum(): void {
    for (const { index } of this.fields.values()) index.vacuum(this.dead);
    this.dead = emptyBitset(0);
    this.deadCount = 0;
  }
}

function insertInto(field: Field, slot: number, payload: Payload): void {
  const wholes = wholesAt(payload, field.at);
  if (wholes.length === 0) return;
  field.index.insert(
    slot,
    withoutNulls(field.at.syntax === "implicit" ? wholes : valuesAt(payload, field.at)),
  );
  setPresence(field, slot, wholes);
}

/** @param wholes what lies at the path: an explicit one's arrays as they are */
function setPresence(field: Field, slot: number, wholes: readonly JsonValue[]): void {
  field.filled = withBit(
    field.filled,
    slot,
    wholes.some((whole) => !isNothing(whole)),
  );
  field.nulls = withBit(field.nulls, slot, wholes.includes(null));
}

function withBit(bits: Bitset, slot: number, on: boolean): Bitset {
  if (on) {
    const grown = grownBitset(bits, slot + 1);
    setBit(grown, slot);
    return grown;
  }
  if (slot >>> 5 < bits.length) clearBit(bits, slot);
  return bits;
}

function withoutNulls(values: readonly JsonValue[]): readonly JsonValue[] {
  return values.includes(null) ? values.filter((value) => value !== null) : values;
}

function createFieldIndex(field: PayloadField): FieldIndex {
  switch (field.type) {
    case "keyword":
    case "uuid":
    case "bool":
      return new KeywordIndex(field.type);
    case "integer":
    case "float":
    case "datetime":
      return new NumberIndex(field.type, field.lenient);
    case "geo":
      return new GeoIndex();
    case "text":
      return new TextIndex(field);
    default:
      throw new FrancaError("invalid_argument", `no payload field has the type ${JSON.stringify(field)}`);
  }
}

/** What an index depends on: an index of another language holds other words; k1 and b matter to queries only. */
function signature(field: PayloadField): string {
  if (field.type === "text") return `text ${field.language ?? "english"}`;
  // It reads more strings as datetimes.
  return field.type === "datetime" && field.lenient === true ? "datetime lenient" : field.type;
}

function exactSize(bits: Bitset, slots: number): Bitset {
  const exact = emptyBitset(slots);
  exact.set(bits.subarray(0, exact.length));
  return exact;
}
