/** Field indexes: what is saved is what is loaded, damage is told, churn is forgotten, statistics stay exact. */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { emptyBitset, setBits } from "../../../src/engine/bitset.ts";
import { createPayloadIndexes, loadPayloadIndexes } from "../../../src/engine/index/payload-indexes.ts";
import { scoreText } from "../../../src/engine/index/text/bm25.ts";
import { TextIndex } from "../../../src/engine/index/text/text-index.ts";
import { ofOneMoment } from "../../../src/engine/query/of-one-moment.ts";
import type { PayloadIndexes } from "../../../src/engine/view.ts";
import { isFrancaError } from "../../../src/errors.ts";
import type { CheckedCondition } from "../../../src/model/checked-filter.ts";
import type { Payload } from "../../../src/model/payload.ts";
import type { PayloadField } from "../../../src/model/schema.ts";
import { checkFilter } from "../../../src/model/validate-filter.ts";

const fields: { [path: string]: PayloadField } = {
  tag: { type: "keyword" },
  n: { type: "integer" },
  flag: { type: "bool" },
  when: { type: "datetime" },
  key: { type: "uuid" },
  place: { type: "geo" },
  body: { type: "text" },
};

function payloadOf(i: number): Payload {
  return {
    tag: [`t${i % 7}`, i % 5 === 0 ? null : "x"],
    n: i % 11 === 0 ? null : (i * 7919) % 1000,
    flag: i % 3 === 0,
    when: new Date(i * 1e9).toISOString(),
    key: `00000000-0000-0000-0000-${String(i % 50).padStart(12, "0")}`,
    place: { lat: (i % 180) - 90, lon: (i % 360) - 180 },
    body: [`word w${i % 13} w${i % 4}`, `number ${i}`],
  };
}

const filters: object[] = [
  { field: "tag", eq: "t3" },
  { field: "n", range: { gt: 100, lte: 500 } },
  { field: "flag", eq: true },
  { field: "when", range: { lt: "1970-06-01T00:00:00Z" } },
  { field: "key", eq: "00000000-0000-0000-0000-000000000007" },
  { field: "place", geoRadius: { center: { lat: 0, lon: -90 }, radiusMeters: 5e6 } },
  { field: "body", match: "words w3" },
];

function answers(indexes: PayloadIndexes, slots: number, live: (slot: number) => boolean): number[][] {
  return filters.map((filter) => {
    const { path, test } = checkFilter(filter, { payloadFields: fields }) as CheckedCondition;
    return [...setBits(indexes.field(path)!.index.bounds(test, slots).sure)].filter(live);
  });
}

describe("field indexes", () => {
  const count = 12_000;
  const isLive = (slot: number): boolean => slot % 3 === 0;
  const filled = (): PayloadIndexes => {
    const indexes = createPayloadIndexes(fields);
    for (let slot = 0; slot < count; slot++) indexes.insert(slot, payloadOf(slot));
    // Two of three die, which is enough to have them forgotten; every ninth gets another payload.
    for (let slot = 0; slot < count; slot++) if (!isLive(slot)) indexes.delete(slot);
    for (let slot = 0; slot < count; slot += 9) indexes.update(slot, payloadOf(slot), payloadOf(slot + 1));
    return indexes;
  };
  const fresh = (): PayloadIndexes => {
    const indexes = createPayloadIndexes(fields);
    for (let slot = 0; slot < count; slot += 3)
      indexes.insert(slot, payloadOf(slot % 9 === 0 ? slot + 1 : slot));
    return indexes;
  };

  it("after churn they answer as fresh ones do, and so they do when saved and loaded", () => {
    const expected = answers(fresh(), count, isLive);
    for (const some of expected) expect(some.length).toBeGreaterThan(0);
    const churned = filled();
    expect(answers(churned, count, isLive)).toEqual(expected);
    const loaded = loadPayloadIndexes(fields, churned.save());
    expect(answers(loaded, count, isLive)).toEqual(expected);
    // A loaded index takes writes like one that never slept.
    for (const one of [churned, loaded]) {
      one.insert(count, payloadOf(5));
      one.update(0, payloadOf(1), payloadOf(5));
      one.delete(3);
    }
    const live = (slot: number): boolean => (isLive(slot) && slot !== 3) || slot === count;
    expect(answers(loaded, count + 1, live)).toEqual(answers(churned, count + 1, live));
    expect(loaded.save()).toEqual(churned.save());
  });

  it("the dead leave the memory", () => {
    const full = createPayloadIndexes(fields);
    for (let slot = 0; slot < count; slot++) full.insert(slot, payloadOf(slot));
    const before = full.sizeBytes;
    for (let slot = 0; slot < count; slot++) full.delete(slot);
    expect(full.sizeBytes).toBeLessThan(before / 3);
  });

  it("statistics of a text are those of the live points alone", async () => {
    const score = async (indexes: PayloadIndexes): Promise<number[]> => {
      const allow = emptyBitset(count).fill(0xffffffff);
      const index = indexes.field("body")!.index as TextIndex;
      expect(index).toBeInstanceOf(TextIndex);
      const { slots, scores } = await ofOneMoment(
        indexes,
        () => scoreText([index], "word w3", allow, count),
        () => undefined,
      );
      return [...slots]
        .map((slot, i) => [slot, scores[i]!] as const)
        .filter(([slot]) => isLive(slot))
        .sort(([a], [b]) => a - b)
        .map(([, one]) => one);
    };
    expect(await score(filled())).toEqual(await score(fresh()));
  });

  describe("work over many entries", () => {
    const many = 150_000;
    const declared = {
      body: { type: "text" },
      tag: { type: "keyword" },
      n: { type: "integer" },
    } as const;
    const payload = (slot: number, words: string) => ({ body: words, tag: `t${slot % 3}`, n: slot % 5 });
    function filledWith(words: string): PayloadIndexes {
      const indexes = createPayloadIndexes(declared);
      for (let slot = 0; slot < many; slot++) indexes.insert(slot, payload(slot, words));
      return indexes;
    }
    const allow = () => emptyBitset(many).fill(0xffffffff);
    const works: { [name: string]: (indexes: PayloadIndexes) => Generator<void, unknown> } = {
      "scoring a text": (indexes) =>
        scoreText([indexes.field("body")!.index as TextIndex], "word other", allow(), many),
      "a facet of keywords": (indexes) => indexes.field("tag")!.index.facet!(allow()),
      "a facet of numbers": (indexes) => indexes.field("n")!.index.facet!(allow()),
    };

    it.each(Object.keys(works))(
      "%s goes in steps, and no further when it is given up between two",
      async (name) => {
        const indexes = filledWith("word");
        let steps = 0;
        let asked = 0;
        const counted = function* () {
          const work = works[name]!(indexes);
          for (let step = work.next(); ; step = work.next()) {
            if (step.done) return step.value;
            steps++;
            yield;
          }
        };
        const giveUp = () => {
          if (++asked === 2) throw new Error("enough");
          return undefined;
        };
        await expect(ofOneMoment(indexes, counted, giveUp)).rejects.toThrow("enough");
        expect(steps).toBe(2);
        await ofOneMoment(indexes, counted, () => undefined);
        expect(steps).toBeGreaterThanOrEqual(4);
      },
    );

    it.each(Object.keys(works))(
      "%s is of one moment, though it is written to between two steps",
      async (name) => {
        for (const often of [false, true]) {
          const indexes = filledWith("word");
          let writes = 0;
          const write = async () => {
            if (writes > 0 && !often) return;
            // A point moves from a value that may be counted already to one that may not be yet.
            const [before, after] = [writes, writes + 1];
            indexes.update(
              0,
              { body: "word", tag: `t${before % 3}`, n: before % 5 },
              payload(after, "other"),
            );
            writes = after;
          };
          const found = await ofOneMoment(indexes, () => works[name]!(indexes), write);
          expect(writes).toBeGreaterThan(0);
          const now = await ofOneMoment(
            indexes,
            () => works[name]!(indexes),
            () => undefined,
          );
          expect(isDeepStrictEqual(found, now)).toBe(true);
        }
      },
    );
  });

  it("bytes that are not what was saved are told as data_loss, and never crash or answer", () => {
    const indexes = createPayloadIndexes(fields);
    for (let slot = 0; slot < 40; slot++) indexes.insert(slot, payloadOf(slot));
    indexes.delete(3);
    const bytes = indexes.save();
    const outcome = (damaged: Uint8Array): string => {
      try {
        loadPayloadIndexes(fields, damaged);
        return "loaded";
      } catch (error) {
        if (isFrancaError(error, "data_loss")) return "data_loss";
        throw error;
      }
    };
    for (let length = 0; length < bytes.length; length += 7)
      expect(outcome(bytes.slice(0, length))).toBe("data_loss");
    expect(outcome(Uint8Array.of(...bytes, 0))).toBe("data_loss");
    let told = 0;
    for (let at = 0; at < bytes.length; at += 3) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0x81;
      // A changed number may still be a number; the checkpoint's checksum is for that. It must only never do harm.
      if (outcome(damaged) === "data_loss") told += 1;
    }
    expect(told).toBeGreaterThan(bytes.length / 3 / 4);
  });

  it("indexes of other fields are refused", () => {
    const bytes = createPayloadIndexes(fields).save();
    for (const other of [
      {},
      { ...fields, more: { type: "bool" } as const },
      { ...fields, n: { type: "float" } as const },
    ]) {
      expect(() => loadPayloadIndexes(other, bytes)).toThrowError(
        expect.objectContaining({ code: "data_loss" }),
      );
    }
  });

  it("a field declared later answers like one declared from the start", () => {
    const { tag, ...others } = fields;
    const indexes = createPayloadIndexes(others);
    for (let slot = 0; slot < 100; slot++) indexes.insert(slot, payloadOf(slot));
    const points = Array.from({ length: 100 }, (_, slot) => [slot, payloadOf(slot)] as [number, Payload]);
    indexes.addField("tag", tag!, points);
    const [found] = answers(indexes, 100, () => true);
    expect(found).toEqual(Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 7 === 3));
    indexes.dropField("tag");
    expect(indexes.field("tag")).toBeUndefined();
  });
});
