/** A background build leaves queries room, and catches up all the faster the further behind it is. */
import { describe, expect, it } from "vitest";
import { BuildPace } from "../../src/engine/build-pace.ts";

describe("the pace of a background build", () => {
  it("is full as long as nobody asks", () => {
    const pace = new BuildPace(() => 5000);
    expect(pace.isQuiet).toBe(true);
    expect(pace.restMs(100, 10)).toBe(0);
  });

  it("rests while queries come, less the more there is to do, and again not when they have ended", () => {
    let now = 0;
    const pace = new BuildPace(() => now);
    pace.queried();
    expect(pace.restMs(90, 0)).toBeCloseTo(210);
    expect(pace.restMs(100, 25_000)).toBeCloseTo(100);
    expect(pace.restMs(100, 50_000)).toBe(0);
    expect(pace.restMs(100, 500_000)).toBe(0);
    now = 1001;
    expect(pace.restMs(100, 0)).toBe(0);
  });
});
