/**
 * What the parent knows of a child's calls: those acknowledged have happened, and of each caller those in flight have
 * happened up to some one of them, whole. Compared with what is found, this says what has.
 */
import { expect } from "vitest";
import { compareIds, type PointId } from "../../src/model/id.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { PointChange, PointSelector, SchemaChange, Store } from "../../src/store.ts";
import { Oracle, type OraclePoint } from "../oracle/oracle.ts";
import { allPoints, expectSame, firstDifference, textOf } from "./expect-same.ts";

type Selector = PointSelector<CollectionSchema>;
/** A call on "main". */
export type WriterCall =
  | { upsert: OraclePoint[] }
  | { update: Selector; change: PointChange<CollectionSchema> }
  | { delete: Selector };
export type AdminCall =
  | { create: string; schema: CollectionSchema }
  | { drop: string }
  | { alter: string; schemaChange: SchemaChange }
  | { setAlias: string; target: string }
  | { dropAlias: string }
  | { side: string; upsert: OraclePoint[] };

interface Pending<Call> {
  number: string;
  call: Call;
}

export interface Database {
  collections: Map<string, { schema: CollectionSchema; points: Oracle }>;
  aliases: Map<string, string>;
}

/** Writers never meet: each has points of its own. */
const writers = 4;
const plainSchema: CollectionSchema = { vectors: {} };

export class Ledger {
  /** Of "main", by writer. */
  #points: Oracle[] = Array.from({ length: writers }, () => new Oracle(plainSchema));
  #database: Database = { collections: new Map(), aliases: new Map() };
  readonly #pending = new Map<string, Pending<WriterCall | AdminCall>[]>();
  acknowledged = 0;
  inFlight = 0;
  /** Of those in flight, what was found to have happened. */
  survived = 0;
  refused = 0;
  readonly #mayRefuse: boolean;

  /** @param mayRefuse any write but a deletion may be refused, and then has not happened, whatever came after it */
  constructor({ mayRefuse = false }: { mayRefuse?: boolean } = {}) {
    this.#mayRefuse = mayRefuse;
  }

  began(who: string, number: string, call: WriterCall | AdminCall): void {
    const pending = this.#pending.get(who) ?? [];
    pending.push({ number, call });
    this.#pending.set(who, pending);
  }

  done(who: string, number: string): void {
    const first = this.#pending.get(who)?.shift();
    expect(first?.number, `calls of ${who} are acknowledged in their order`).toBe(number);
    this.acknowledged++;
    if (who === "admin") administer(this.#database, first!.call as AdminCall);
    else write(this.#points[Number(who)]!, first!.call as WriterCall);
  }

  /** It changed nothing. Refusals do not wait for the calls before them. */
  notDone(who: string, number: string): void {
    const pending = this.#pending.get(who) ?? [];
    const refused = pending.find((each) => each.number === number);
    expect(this.#mayRefuse && refused !== undefined && !("delete" in refused.call), number).toBe(true);
    this.#pending.set(
      who,
      pending.filter((each) => each !== refused),
    );
    this.refused++;
  }

  /** Compares all that can be asked; what was in flight is known from here on. */
  async settle(store: Store, where: string): Promise<void> {
    await this.#settleDatabase(store, where);
    const main = this.#database.collections.get("main");
    if (main !== undefined) {
      const collection = await store.collection("main");
      await this.#settlePoints(await allPoints(collection), where);
      const whole = new Oracle(main.schema);
      for (const points of this.#points) whole.upsert(points.all());
      await expectSame(collection, whole, `${where}, main`);
    }
    for (const [name, { schema, points }] of this.#database.collections) {
      if (name === "main") continue;
      const oracle = new Oracle(schema);
      oracle.upsert(points.all());
      await expectSame(await store.collection(name), oracle, `${where}, ${name}`);
    }
    this.#pending.clear();
  }

  async #settleDatabase(store: Store, where: string): Promise<void> {
    const found = await describeStore(store);
    const pending = (this.#pending.get("admin") ?? []) as Pending<AdminCall>[];
    const candidate = copyDatabase(this.#database);
    const tried: string[] = [];
    this.inFlight += pending.length;
    for (let happened = 0; ; happened++) {
      const text = describeDatabase(candidate);
      if (text === found) {
        this.#database = candidate;
        this.survived += happened;
        return;
      }
      tried.push(text);
      if (happened === pending.length) break;
      administer(candidate, pending[happened]!.call);
    }
    throw new Error(`${where}: the store has\n${found}\nand should have one of\n${tried.join("\n")}`);
  }

  async #settlePoints(found: readonly OraclePoint[], where: string): Promise<void> {
    for (let writer = 0; writer < writers; writer++) {
      const own = found.filter(({ id }) => writerOf(id) === writer);
      const pending = (this.#pending.get(String(writer)) ?? []) as Pending<WriterCall>[];
      this.inFlight += pending.length;
      const tried: string[] = [];
      const happened = this.#possible(pending).find((calls) => {
        const candidate = this.#after(writer, calls);
        const difference = firstDifference(own, candidate.all());
        const numbers = calls.map(({ number }) => number).join();
        tried.push(`with ${numbers || "none"} of ${pending.length} calls in flight: ${difference}`);
        return difference === undefined;
      });
      if (happened === undefined) throw new Error(`${where}: ${tried.join("\n")}`);
      this.#points[writer] = this.#after(writer, happened);
      this.survived += happened.length;
    }
  }

  /** What may have happened of calls in flight: the first so many, and of these some may have been refused. */
  #possible(pending: readonly Pending<WriterCall>[]): Pending<WriterCall>[][] {
    const firsts = Array.from({ length: pending.length + 1 }, (_, count) => pending.slice(0, count));
    if (!this.#mayRefuse) return firsts;
    return firsts.flatMap((calls) => {
      const refusable = calls.filter(({ call }) => !("delete" in call));
      return Array.from({ length: 2 ** refusable.length }, (_, refused) =>
        calls.filter((call) => ((refused >> refusable.indexOf(call)) & 1) === 0 || "delete" in call.call),
      );
    });
  }

  #after(writer: number, calls: readonly Pending<WriterCall>[]): Oracle {
    const points = copyOf(this.#points[writer]!);
    for (const { call } of calls) write(points, call);
    return points;
  }
}

export function writerOf(id: PointId): number {
  if (typeof id === "string") return Number(/^w(\d+)-/.exec(id)![1]);
  return Math.floor(Number(typeof id === "bigint" ? id - 2n ** 60n : id) / 1000);
}

export function write(points: Oracle, call: WriterCall): void {
  if ("upsert" in call) points.upsert(call.upsert);
  else if ("update" in call) points.update(call.update, call.change);
  else points.delete(call.delete);
}

export function administer({ collections, aliases }: Database, call: AdminCall): void {
  if ("create" in call)
    collections.set(call.create, { schema: call.schema, points: new Oracle(call.schema) });
  else if ("drop" in call) {
    collections.delete(call.drop);
    for (const [alias, target] of aliases) if (target === call.drop) aliases.delete(alias);
  } else if ("alter" in call) {
    const { schema, points } = collections.get(call.alter)!;
    const payload = { ...schema.payload, ...call.schemaChange.addPayload };
    for (const path of call.schemaChange.dropPayload ?? []) delete payload[path];
    collections.set(call.alter, { schema: { ...schema, payload }, points });
  } else if ("setAlias" in call) aliases.set(call.setAlias, call.target);
  else if ("dropAlias" in call) aliases.delete(call.dropAlias);
  else collections.get(call.side)!.points.upsert(call.upsert);
}

function copyOf(points: Oracle): Oracle {
  const copy = new Oracle(points.schema);
  copy.upsert(points.all());
  return copy;
}

export function copyDatabase({ collections, aliases }: Database): Database {
  const copies = [...collections].map(
    ([name, { schema, points }]) => [name, { schema, points: copyOf(points) }] as const,
  );
  return { collections: new Map(copies), aliases: new Map(aliases) };
}

/** Names, aliases, schemas, and the points of all collections but "main". */
export function describeDatabase({ collections, aliases }: Database): string {
  return text(
    aliases,
    [...collections].map(([name, { schema, points }]) => [name, schema, name === "main" ? [] : points.all()]),
  );
}

export async function describeStore(store: Store): Promise<string> {
  const collections: [string, CollectionSchema, OraclePoint[]][] = [];
  for (const name of await store.list()) {
    const points = name === "main" ? [] : await allPoints(await store.collection(name));
    collections.push([name, (await store.describe(name)).schema, points]);
  }
  return text(new Map(Object.entries(await store.aliases())), collections);
}

function text(
  aliases: Map<string, string>,
  collections: [string, CollectionSchema, OraclePoint[]][],
): string {
  const lines = collections.map(([name, schema, points]) => {
    const fields = Object.entries(schema.payload ?? {}).map(
      ([path, field]) => `${path}:${JSON.stringify(field)}`,
    );
    const rows = points
      .sort((a, b) => compareIds(a.id, b.id))
      .map((point) => `${String(point.id)} ${textOf(point)}`);
    return `${name} ${JSON.stringify(schema.vectors)} ${fields.sort()}\n${rows.join("\n")}`;
  });
  return [[...aliases].sort().join(" "), ...lines.sort()].join("\n");
}
