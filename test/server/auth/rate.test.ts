/** Buckets of tokens: never more than their size at once, never more than their rate in the long run, in bounded memory. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressGroup } from "../../../src/server/auth/address-group.ts";
import { TokenBucket, TokenBuckets } from "../../../src/server/auth/rate.ts";
import "../../seed.ts";

describe("a bucket of tokens", () => {
  it("gives at most its size and what its rate adds, in any span of time", () => {
    const steps = fc.array(fc.nat({ max: 3_000 }), { minLength: 1, maxLength: 200 });
    const rates = fc.record({
      perSecond: fc.double({ min: 0.1, max: 100, noNaN: true }),
      size: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(steps, rates, (waits, { perSecond, size }) => {
        let nowMs = 0;
        const bucket = new TokenBucket(perSecond, size, { nowMs: () => nowMs });
        const takenMs: number[] = [];
        for (const wait of waits) {
          nowMs += wait;
          if (bucket.take() === 0) takenMs.push(nowMs);
        }
        takenMs.forEach((from, i) => {
          takenMs.slice(i).forEach((to, taken) => {
            expect(taken + 1).toBeLessThanOrEqual(size + ((to - from) * perSecond) / 1000 + 1e-6);
          });
        });
      }),
    );
  });

  it("has a token after the time it told, and none a millisecond before", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (perSecond, size) => {
          let nowMs = 0;
          const bucket = new TokenBucket(perSecond, size, { nowMs: () => nowMs });
          for (let i = 0; i < size; i++) expect(bucket.take()).toBe(0);
          const waitMs = bucket.take();
          nowMs = waitMs - 1;
          expect(bucket.wait()).toBeGreaterThan(0);
          nowMs = waitMs;
          // In floating point a token may be a hair short of whole; then the wait is one more millisecond.
          expect(bucket.wait()).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it("gives nothing for a clock that goes backwards", () => {
    let nowMs = 1_000;
    const bucket = new TokenBucket(1, 1, { nowMs: () => nowMs });
    bucket.take();
    nowMs = 0;
    expect(bucket.take()).toBeGreaterThan(0);
  });
});

describe("buckets by name", () => {
  it("remember so many names, and forget the one that was used longest ago", () => {
    const buckets = new TokenBuckets(3, () => new TokenBucket(1, 1, { nowMs: () => 0 }));
    for (const name of ["a", "b", "c"]) buckets.take(name);
    buckets.take("a");
    buckets.take("d");
    expect(buckets.count).toBe(3);
    expect(["a", "b", "c", "d"].map((name) => buckets.wait(name) > 0)).toEqual([true, false, true, true]);
    for (let i = 0; i < 10_000; i++) buckets.take(`name ${i}`);
    expect(buckets.count).toBe(3);
  });
});

describe("the group of an address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0001:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    [undefined, "unknown"],
  ])("%s is %s", (address, group) => expect(addressGroup(address)).toBe(group));
});
