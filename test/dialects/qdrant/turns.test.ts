/** Whose turn it is to write. */
import { describe, expect, it } from "vitest";
import { alone, together } from "../../../src/dialects/qdrant/points/turns.ts";

/** A write that ends when it is told to. */
function held(log: string[], name: string) {
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const write = async (): Promise<string> => {
    log.push(`${name} begins`);
    await ended;
    log.push(`${name} ends`);
    return name;
  };
  return { write, end: () => end() };
}

const pause = () => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("let most writes go together, and one that goes alone wait for those before it and hold those after it", async () => {
    const log: string[] = [];
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => held(log, name));
    const all = [
      together("x", a!.write),
      together("x", b!.write),
      alone("x", c!.write),
      together("x", d!.write),
    ];
    await pause();
    expect(log).toEqual(["a begins", "b begins"]);
    b!.end();
    a!.end();
    await pause();
    expect(log.slice(2)).toEqual(["b ends", "a ends", "c begins"]);
    c!.end();
    await pause();
    expect(log.slice(5)).toEqual(["c ends", "d begins"]);
    d!.end();
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  it("go on after a write that failed", async () => {
    const failing = alone("y", async () => {
      throw new Error("as it may");
    });
    const after = together("y", async () => "after");
    await expect(failing).rejects.toThrow("as it may");
    expect(await after).toBe("after");
  });
});
