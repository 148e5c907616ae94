/** The checker itself: it accepts what some order explains, and nothing else. */
import { describe, expect, it } from "vitest";
import { type Operation, unexplained } from "./linearizable.ts";

const write = (called: number, returned: number, value: string): Operation<string | undefined> => ({
  called,
  returned,
  next: () => [value],
  toString: () => `write ${value}`,
});
const read = (
  called: number,
  returned: number,
  value: string | undefined,
): Operation<string | undefined> => ({
  called,
  returned,
  next: (state) => (state === value ? [state] : []),
  toString: () => `read ${value}`,
});

describe("the linearizability checker", () => {
  it("accepts reads that some order of overlapping writes explains", () => {
    expect(
      unexplained(
        [write(0, 10, "a"), write(1, 9, "b"), read(2, 3, undefined), read(4, 5, "b"), read(6, 12, "a")],
        undefined,
      ),
    ).toBeUndefined();
  });

  it("refuses a read of what was overwritten before it was called", () => {
    expect(unexplained([write(0, 1, "a"), write(2, 3, "b"), read(4, 5, "a")], undefined)).toMatch(/read a/);
  });

  it("refuses two reads that see two overlapping writes in opposite orders", () => {
    const history = [write(0, 20, "a"), write(0, 20, "b"), read(1, 2, "a"), read(3, 4, "b"), read(5, 6, "a")];
    expect(unexplained(history, undefined)).toMatch(/no order/);
  });

  it("lets a write that never returned have happened or not", () => {
    const lost = write(0, Number.POSITIVE_INFINITY, "a");
    expect(unexplained([lost, read(1, 2, undefined), read(3, 4, "a")], undefined)).toBeUndefined();
    expect(unexplained([lost, read(1, 2, "a"), read(3, 4, undefined)], undefined)).toMatch(/no order/);
  });
});
