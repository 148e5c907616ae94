/**
 * Small histories, each of one thing that writes in several steps, for all power cuts during it; and random ones. A
 * call is data. Calls in an array are made at once; "reopen" closes, with a checkpoint; "optimize" builds graphs,
 * reclaims and compacts.
 */

import type { EngineOptions } from "../../src/engine/engine.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { OraclePoint } from "../oracle/oracle.ts";
import type { Call } from "./history.ts";

export type Step = Call | Call[] | "reopen" | "optimize";

export interface Script {
  name: string;
  options: Partial<EngineOptions>;
  steps: Step[];
}

export const schema: CollectionSchema = {
  vectors: {
    a: { dimension: 2, metric: "dot", hnsw: { m: 2, efConstruction: 8 } },
    b: { dimension: 1, metric: "euclidean", index: "flat" },
  },
  sparse: { s: {} },
  multi: { m: { dimension: 2, metric: "dot" } },
  payload: { writer: { type: "integer" }, n: { type: "integer" }, tag: { type: "keyword" } },
};
const sideSchema: CollectionSchema = { vectors: { v: { dimension: 1 } } };
const create: Call = { create: "main", schema };

function point(id: number, n: number, vectors: OraclePoint["vectors"] = { a: [n, 1], b: [n] }): OraclePoint {
  return { id, vectors, payload: { writer: 0, n, tag: n % 2 === 0 ? "even" : "odd" } };
}

const put = (...points: OraclePoint[]): Call => ({ upsert: points });
const large = { log: 2 ** 20, vectors: 2 ** 20 };

export const scripts: readonly Script[] = [
  {
    name: "a first collection and writes of every kind",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      put(point(1, 1), point(2, 2)),
      { update: { ids: [1] }, change: { setPayload: { n: 5 } } },
      { update: { filter: { field: "tag", eq: "even" } }, change: { setVectors: { b: [9] } } },
      put(point(3, 3, {}), point(1, 7)),
      put({ ...point(4, 4), sparse: { s: { indices: [7, 2], values: [1, 2] } }, multi: { m: [[4, 1]] } }),
      { update: { ids: [3, 4] }, change: { setSparse: { s: { indices: [2], values: [5] } } } },
      { update: { ids: [4] }, change: { deleteVectors: ["a", "m"], setPayload: { n: 9 } } },
      { delete: { ids: [2] } },
    ],
  },
  {
    name: "calls that share a frame",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      [put(point(1, 1)), put(point(2, 2, { a: [1, 2] })), put(point(1, 3, { b: [4] }))],
      [{ delete: { ids: [1] } }, put(point(1, 4))],
    ],
  },
  {
    name: "segments that are sealed",
    options: { segmentBytes: { log: 250, vectors: 2 ** 20 }, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      put(point(1, 1)),
      put(point(2, 2)),
      put(point(3, 3)),
      { delete: { ids: [1] } },
      put(point(4, 4)),
    ],
  },
  {
    name: "checkpoints beside writes",
    options: { segmentBytes: { log: 400, vectors: 2 ** 20 }, checkpointBytes: 150 },
    steps: [
      create,
      put(point(1, 1)),
      put(point(2, 2)),
      { delete: { ids: [1] } },
      put(point(3, 3)),
      put(point(2, 4)),
    ],
  },
  {
    name: "closing and opening",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      put(point(1, 1), point(2, 2)),
      "reopen",
      put(point(3, 3)),
      { delete: { ids: [1] } },
      "reopen",
      put(point(1, 5)),
    ],
  },
  {
    name: "graphs",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      put(point(1, 1), point(2, 2), point(3, 3)),
      "optimize",
      put(point(2, 5)),
      "optimize",
      "reopen",
      { delete: { ids: [3] } },
    ],
  },
  {
    name: "slots that are given out again, and segments that are compacted",
    options: {
      segmentBytes: { log: 300, vectors: 2 ** 20 },
      checkpointBytes: 2 ** 30,
      leastDead: { slots: 1, bytes: 1 },
    },
    steps: [
      create,
      put(point(1, 1), point(2, 2), point(3, 3)),
      put(point(1, 4), point(2, 5)),
      { delete: { ids: [3] } },
      put(point(1, 6)),
      "optimize",
      put(point(3, 7)),
      { delete: { ids: [2] } },
      "optimize",
      put(point(2, 8)),
    ],
  },
  {
    name: "the catalog",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      { setAlias: "alias", target: "main" },
      put(point(1, 1), point(2, 2)),
      { alter: "main", schemaChange: { dropPayload: ["n"], addPayload: { "deep.n": { type: "float" } } } },
      put(point(3, 3)),
      { create: "side", schema: sideSchema },
      { setAlias: "alias", target: "side" },
      { drop: "side" },
      { create: "side", schema: sideSchema },
      { dropAlias: "alias" },
      { alter: "main", schemaChange: { addPayload: { n: { type: "integer" } } } },
    ],
  },
  {
    name: "a field that only later points fit",
    options: { segmentBytes: large, checkpointBytes: 2 ** 30 },
    steps: [
      create,
      put({ id: 1, vectors: {}, payload: { late: "a word" } }, point(2, 2)),
      { update: { ids: [1] }, change: { setPayload: { late: 5 } } },
      { alter: "main", schemaChange: { addPayload: { late: { type: "integer" } } } },
      put({ id: 3, vectors: {}, payload: { late: 6 } }),
    ],
  },
];

/** Calls of one caller, whose points no other has. */
export function randomCalls(writer: number, life: number, count: number, random: () => number): Call[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const someIds = () =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => writer * 1000 + Math.floor(random() * 8));
  let n = life * 100;
  const payload = () => ({ writer, n: ++n, tag: pick(["red", "green"]) });
  const vectors = () => ({
    ...(random() < 0.8 && { a: [Math.floor(random() * 9), 1] }),
    ...(random() < 0.6 && { b: [Math.floor(random() * 9)] }),
  });
  const sparse = () => ({ s: { indices: [Math.floor(random() * 3)], values: [++n] } });
  const multi = () => ({ m: [[1, Math.floor(random() * 9)]] });
  const selector = () =>
    random() < 0.7
      ? { ids: someIds() }
      : {
          filter: {
            and: [
              { field: "writer", eq: writer },
              { field: "tag", eq: pick(["red", "green"]) },
            ],
          },
        };
  return Array.from({ length: count }, (): Call => {
    const kind = random();
    if (kind < 0.5)
      return {
        upsert: someIds().map((id) => ({
          id,
          vectors: vectors(),
          ...(random() < 0.5 && { sparse: sparse(), multi: multi() }),
          payload: payload(),
        })),
      };
    if (kind < 0.7)
      return { update: selector(), change: { setPayload: { n: ++n, tag: pick(["red", "green"]) } } };
    if (kind < 0.8) return { update: selector(), change: { setVectors: { b: [Math.floor(random() * 9)] } } };
    if (kind < 0.85) {
      const change = random() < 0.5 ? { setSparse: sparse() } : { deleteVectors: ["b", "s", "m"] };
      return { update: selector(), change };
    }
    return { delete: selector() };
  });
}
