/** A frame whose checksum differs: what in it is proven whole, and what is not. */
import { beforeAll, describe, expect, it } from "vitest";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { Kernel } from "../../src/engine/kernel.ts";
import { crcOfBoth } from "../../src/engine/log/crc-of-both.ts";
import { damagedFrame } from "../../src/engine/log/damaged-frame.ts";
import { encodeDelete, encodePut, placePut } from "../../src/engine/log/encode-record.ts";
import { encodeFrameHeader, frameHeaderBytes, readFrameHeader } from "../../src/engine/log/frame.ts";
import { seeded } from "../engine/opened.ts";

let crc32c: Kernel["crc32c"];
beforeAll(async () => {
  const kernel = await loadKernel();
  crc32c = (bytes, seed) => kernel.crc32c(bytes, seed);
});

it("the checksum of two pieces is that of the whole, whatever their lengths", () => {
  const random = seeded(1);
  for (const [a, b] of [
    [0, 0],
    [5, 0],
    [0, 7],
    [1, 1],
    [100, 4099],
    [70_000, 33],
  ] as const) {
    const bytes = Uint8Array.from({ length: a + b }, () => random() * 256);
    const joined = crcOfBoth(crc32c(bytes.subarray(0, a)), crc32c(bytes.subarray(a)), b);
    expect(joined, `${a} and ${b}`).toBe(crc32c(bytes));
  }
});

describe("a frame of a put with three entries and a deletion", () => {
  let frame: Uint8Array;
  let spans: { at: number; end: number }[];
  beforeAll(() => {
    const put = encodePut(
      {
        ids: [1, "zwei", 3],
        payloads: [{ a: 1 }, { text: "words" }, {}],
        vectors: [{ rows: new Float32Array(2), checksums: [7, undefined, undefined] }],
      },
      crc32c,
    );
    put.mutation.slots = [0, 1, 2];
    placePut(put, [0], [2]);
    const pieces = [put.bytes, encodeDelete([9]).bytes];
    const header = encodeFrameHeader(pieces, { firstLsn: 1, syncedLsn: 0 }, crc32c);
    frame = new Uint8Array([header, ...pieces].flatMap((piece) => [...piece]));
    const { offsets, lengths } = put.mutation.entries;
    spans = offsets.map((offset, i) => ({
      at: frameHeaderBytes + offset,
      end: frameHeaderBytes + offset + lengths[i]!,
    }));
  });

  it("with a byte of an entry changed is whole but for that entry; with any other, nothing is proven", () => {
    for (let at = 0; at < frame.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const changed = frame.slice();
        changed[at]! ^= mask;
        const header = readFrameHeader(changed);
        const found = header?.length === frame.length ? damagedFrame(changed, header, 1, crc32c) : undefined;
        const hit = spans.findIndex((span) => at >= span.at + 4 && at < span.end);
        if (hit < 0) {
          expect(found, `byte ${at}`).toBeUndefined();
          continue;
        }
        const { record } = found!.records[0]!;
        expect(record.kind === "put" && record.entries.damaged, `byte ${at}`).toEqual([hit]);
        expect(found!.entriesAreWhole).toBe(at < spans[hit]!.at + 8);
        expect(found!.records[1]!.record).toEqual({ kind: "delete", slots: [9] });
      }
    }
  });
});
