/**
 * A history of calls on a simulated disk, and what may be found of it after a power cut at any moment. Calls go in
 * lanes, one caller each; of each lane what was acknowledged has to be there, and those under way may be, in order.
 */
import type { Store } from "../../src/store.ts";
import { type Disk, type Entry, SimulatedDirectory, type SimulatedFile } from "../engine/disk.ts";
import { Oracle, type OraclePoint } from "../oracle/oracle.ts";
import { isDurable } from "./crash-states.ts";
import { allPoints, expectSame, textOf } from "./expect-same.ts";
import {
  type AdminCall,
  administer,
  copyDatabase,
  type Database,
  describeDatabase,
  describeStore,
  type WriterCall,
  write,
  writerOf,
} from "./ledger.ts";

export type Call = WriterCall | AdminCall;

/** What one lane's part of the database may be, one version after each of its calls. */
interface Lane {
  versions: string[];
  /** When the call that made the version began, and was acknowledged. */
  began: number[];
  acknowledged: number[];
  /** Versions of the catalog are synced whatever the durability. */
  isCatalog: boolean;
}

/** What is found when a state is opened: the catalog's part, and the points of "main". */
export interface Found {
  catalog: string;
  main: OraclePoint[];
}

export class History {
  readonly disk: Disk;
  readonly #durability: "commit" | "os";
  /** After each call on the catalog. */
  readonly #databases: Database[];
  readonly #points = new Map<number, Oracle>();
  readonly #lanes = new Map<number | "catalog", Lane>();
  acknowledged = 0;

  constructor(
    disk: Disk,
    durability: "commit" | "os",
    database: Database = { collections: new Map(), aliases: new Map() },
    main: readonly OraclePoint[] = [],
  ) {
    this.disk = disk;
    this.#durability = durability;
    this.#databases = [database];
    for (const writer of new Set(main.map(({ id }) => writerOf(id)))) {
      this.#oracle(writer).upsert(main.filter(({ id }) => writerOf(id) === writer));
      this.#lane(writer);
    }
    this.#lane("catalog");
  }

  /** The history of the next life, on what was found after a power cut. */
  next(disk: Disk, { catalog, main }: Found): History {
    const version = this.#lane("catalog").versions.indexOf(catalog);
    return new History(disk, this.#durability, this.#databases[version]!, main);
  }

  async call(store: Store, who: number | "catalog", call: Call): Promise<void> {
    const lane = this.#lane(who);
    const version = lane.versions.length;
    if (who === "catalog") {
      const database = copyDatabase(this.#databases.at(-1)!);
      administer(database, call as AdminCall);
      this.#databases.push(database);
    } else write(this.#oracle(who), call as WriterCall);
    lane.versions.push(this.#textOf(who));
    lane.began.push(this.disk.now());
    lane.acknowledged.push(Number.POSITIVE_INFINITY);
    await perform(store, call);
    lane.acknowledged[version] = this.disk.now();
    this.acknowledged++;
  }

  /** Moments at which the most is uncertain, or promised: just before a sync ends, or a call is acknowledged. */
  moments(): number[] {
    const done = [...this.#lanes.values()].flatMap(({ acknowledged }) =>
      acknowledged.filter(Number.isFinite),
    );
    const moments = [...syncEnds(this.disk.root), ...done].filter((at) => at > 0 && Number.isFinite(at));
    return [...new Set([...moments.map((at) => at - 1), this.disk.now()])].sort((a, b) => a - b);
  }

  /** @throws when what was found after a power cut at `at` is not what may be */
  expectAllowed({ catalog, main }: Found, at: number, where: string): void {
    const found = pointsByWriter(main);
    for (const [who, lane] of this.#lanes) {
      const own = who === "catalog" ? catalog : (found.get(who) ?? "");
      const newest = lane.began.findLastIndex((began) => began <= at);
      const oldest = lane.acknowledged.findLastIndex((done) => done <= at && this.#isDurable(lane, done, at));
      const allowed = lane.versions.slice(oldest, newest + 1);
      if (allowed.includes(own)) continue;
      const name = who === "catalog" ? "the catalog" : `writer ${who}'s part`;
      const version = lane.versions.indexOf(own);
      const what = version < 0 ? "what it never was" : `as after its call ${version}`;
      throw new Error(
        `${where}: ${name} is ${what}, and not as after one of ${oldest} to ${newest}:\n${own}\n--- allowed:\n${allowed.join("\n---\n")}`,
      );
    }
    for (const writer of found.keys()) {
      if (!this.#lanes.has(writer)) throw new Error(`${where}: phantoms of writer ${writer}`);
    }
  }

  /** With durability os a call is durable once all that was written before it was acknowledged is synced. */
  #isDurable(lane: Lane, acknowledged: number, at: number): boolean {
    if (this.#durability === "commit" || lane.isCatalog || acknowledged < 0) return true;
    return [...segmentFiles(this.disk.root)].every((file) => isDurable(file, acknowledged, at));
  }

  #lane(who: number | "catalog"): Lane {
    let lane = this.#lanes.get(who);
    if (lane === undefined) {
      const versions = [this.#textOf(who)];
      lane = { versions, began: [-1], acknowledged: [-1], isCatalog: who === "catalog" };
      this.#lanes.set(who, lane);
    }
    return lane;
  }

  #oracle(writer: number): Oracle {
    let points = this.#points.get(writer);
    if (points === undefined) {
      points = new Oracle({ vectors: {} });
      this.#points.set(writer, points);
    }
    return points;
  }

  #textOf(who: number | "catalog"): string {
    return who === "catalog"
      ? describeDatabase(this.#databases.at(-1)!)
      : pointsText(this.#oracle(who).all());
  }
}

/** Every call is data, so that a history can be printed. */
export async function perform(store: Store, call: Call): Promise<unknown> {
  if ("create" in call) return store.create(call.create, call.schema);
  if ("drop" in call) return store.drop(call.drop);
  if ("alter" in call) return store.alter(call.alter, call.schemaChange);
  if ("setAlias" in call) return store.setAlias(call.setAlias, call.target);
  if ("dropAlias" in call) return store.dropAlias(call.dropAlias);
  if ("side" in call) return (await store.collection(call.side)).upsert(call.upsert);
  const main = await store.collection("main");
  if ("upsert" in call) return main.upsert(call.upsert);
  if ("update" in call) return main.update(call.update, call.change);
  return main.delete(call.delete);
}

/** What a store holds; that all that is derived agrees with it is checked. */
export async function observe(store: Store, where: string): Promise<Found> {
  const catalog = await describeStore(store);
  if (!(await store.list()).includes("main")) return { catalog, main: [] };
  const collection = await store.collection("main");
  const main = await allPoints(collection);
  const oracle = new Oracle((await store.describe("main")).schema);
  oracle.upsert(main);
  await expectSame(collection, oracle, where);
  return { catalog, main };
}

function pointsByWriter(points: readonly OraclePoint[]): Map<number, string> {
  const writers = new Set(points.map(({ id }) => writerOf(id)));
  return new Map(
    [...writers].map((writer) => [writer, pointsText(points.filter(({ id }) => writerOf(id) === writer))]),
  );
}

function pointsText(points: readonly OraclePoint[]): string {
  return points.map((point) => `${String(point.id)} ${textOf(point)}`).join("\n");
}

/** Of all that there ever were: compaction removes some. */
function* segmentFiles(folder: SimulatedDirectory): Generator<SimulatedFile> {
  for (const [name, entry] of entriesEver(folder)) {
    if (entry instanceof SimulatedDirectory) yield* segmentFiles(entry);
    else if (name.startsWith("segment-")) yield entry;
  }
}

function* syncEnds(folder: SimulatedDirectory): Generator<number> {
  for (const { end } of folder.syncs) yield end;
  for (const [, entry] of entriesEver(folder)) {
    if (entry instanceof SimulatedDirectory) yield* syncEnds(entry);
    else for (const { end } of entry.syncs) yield end;
  }
}

function* entriesEver(folder: SimulatedDirectory): Generator<[string, Entry]> {
  yield* folder.base;
  // A file that is renamed is there under each of its names.
  for (const { name, entry } of folder.events) if (entry !== undefined) yield [name, entry];
}
