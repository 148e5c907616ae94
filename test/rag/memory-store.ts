/**
 * A naive Store in memory, with what `franca/rag` asks of one, and a hook to fail at chosen writes:
 * shows that rag works over any Store, and what a crash between two writes leaves.
 */
import { FrancaError } from "../../src/errors.ts";
import type { Filter } from "../../src/model/filter.ts";
import { reciprocalRankFusion } from "../../src/model/fusion.ts";
import { compareIds, idKey, type PointId } from "../../src/model/id.ts";
import type { Payload } from "../../src/model/payload.ts";
import type { QueryRequest } from "../../src/model/query.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Collection, Store } from "../../src/store.ts";

interface Stored {
  id: PointId;
  vectors: { [name: string]: Float32Array };
  payload: Payload;
}

export interface MemoryStore extends Store {
  /** Called before each write with its collection and kind; what it throws, the write rejects with. */
  beforeWrite: (collection: string, kind: "upsert" | "delete") => void;
  points(collection: string): Stored[];
}

export function memoryStore(): MemoryStore {
  const collections = new Map<string, { schema: CollectionSchema; points: Map<string, Stored> }>();
  const found = (name: string): { schema: CollectionSchema; points: Map<string, Stored> } => {
    const entry = collections.get(name);
    if (entry === undefined) throw new FrancaError("not_found", `no collection "${name}"`);
    return entry;
  };
  const view = (name: string): Collection => {
    const { schema, points } = found(name);
    const matching = (filter?: Filter): Stored[] =>
      [...points.values()]
        .filter((point) => filter === undefined || matches(point, filter))
        .sort((a, b) => compareIds(a.id, b.id));
    const partial = {
      name,
      schema,
      async upsert(written) {
        store.beforeWrite(name, "upsert");
        for (const { id, vectors = {}, payload = {} } of structuredClone(written)) {
          const copies = Object.entries(vectors).map(([field, vector]) => [
            field,
            Float32Array.from(vector!),
          ]);
          points.set(idKey(id), { id, vectors: Object.fromEntries(copies), payload: payload as Payload });
        }
        return { lsn: 0, count: written.length };
      },
      async delete(selector) {
        store.beforeWrite(name, "delete");
        const keys =
          "ids" in selector
            ? selector.ids.map(idKey)
            : matching(selector.filter).map((point) => idKey(point.id));
        return { lsn: 0, count: keys.filter((key) => points.delete(key)).length };
      },
      async get(ids) {
        return structuredClone(ids.map((id) => points.get(idKey(id))));
      },
      async scroll({ filter, after, limit = 100 } = {}) {
        const all = matching(filter).filter(({ id }) => after === undefined || compareIds(id, after) > 0);
        const page = structuredClone(all.slice(0, limit));
        return { points: page, warnings: [], ...(all.length > limit ? { next: page.at(-1)!.id } : {}) };
      },
      async count({ filter } = {}) {
        return { count: matching(filter).length, warnings: [] };
      },
      async query(request) {
        const { filter, limit = 10, offset = 0 } = request;
        const hits = rank(matching(filter), request).slice(offset, offset + limit);
        return { hits: structuredClone(hits), warnings: [] };
      },
    } satisfies Partial<Collection>;
    return partial as unknown as Collection;
  };
  const partial = {
    abilities: { name: "memory", text: true, fusion: true, explain: false, aliases: false },
    async create(name, schema) {
      if (!collections.has(name)) collections.set(name, { schema, points: new Map() });
      return view(name) as never;
    },
    collection: async (name) => view(name) as never,
    async describe(name) {
      const { schema, points } = found(name);
      return { name, aliases: [], schema, points: points.size };
    },
    list: async () => [...collections.keys()].sort(),
    close: async () => {},
    beforeWrite: () => {},
    points: (name) => [...found(name).points.values()].sort((a, b) => compareIds(a.id, b.id)),
  } satisfies Partial<MemoryStore>;
  const store = partial as unknown as MemoryStore;
  return store;
}

interface Ranked extends Stored {
  score: number;
  legs?: { [name: string]: { score: number; rank: number } };
}

function rank(points: Stored[], request: QueryRequest): Ranked[] {
  const scored = (score: (point: Stored) => number): Ranked[] =>
    points
      .map((point) => ({ ...point, score: score(point) }))
      .sort((a, b) => b.score - a.score || compareIds(a.id, b.id));
  if ("fusion" in request) {
    const lists = request.fusion.legs.map((leg) => ({
      name: leg.name ?? ("text" in leg ? "keyword" : "vector"),
      weight: leg.weight ?? 1,
      hits: rank(points, leg as QueryRequest).slice(0, leg.limit ?? 100),
    }));
    return reciprocalRankFusion(lists).map((hit) => ({
      ...points.find((point) => idKey(point.id) === idKey(hit.id))!,
      ...hit,
    }));
  }
  if ("text" in request) {
    const wanted = words(request.text);
    return scored(
      (point) => words(JSON.stringify(point.payload)).filter((word) => wanted.includes(word)).length,
    ).filter((hit) => hit.score > 0);
  }
  if (!("nearest" in request)) throw new FrancaError("unimplemented", JSON.stringify(request));
  const query = request.nearest as Float32Array;
  return scored((point) => Object.values(point.vectors)[0]!.reduce((sum, x, i) => sum + x * query[i]!, 0));
}

function matches(point: Stored, filter: Filter): boolean {
  if ("and" in filter) return filter.and.every((part) => matches(point, part));
  if ("or" in filter) return filter.or.some((part) => matches(point, part));
  if ("not" in filter) return !matches(point, filter.not);
  if ("ids" in filter) return filter.ids.some((id) => idKey(id) === idKey(point.id));
  if (!("field" in filter)) throw new FrancaError("unimplemented", JSON.stringify(filter));
  const value = filter.field.split(".").reduce<unknown>((at, key) => (at as Payload)?.[key], point.payload);
  if ("eq" in filter) return value === filter.eq;
  if ("in" in filter) return filter.in.includes(value as string);
  if ("match" in filter) return words(String(value)).includes(words(String(filter.match))[0] ?? "");
  throw new FrancaError("unimplemented", JSON.stringify(filter));
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
