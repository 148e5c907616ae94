/** Opening a collection takes as long as it takes, and nobody else waits for it. */
import { describe, expect, it } from "vitest";
import { folderName } from "../../src/engine/catalog.ts";
import type { Directory } from "../../src/engine/file.ts";
import { memoryDirectory } from "../../src/engine/files/memory.ts";
import { openOn } from "./opened.ts";

/** Folders that may be held shut for a while. */
class Shut {
  readonly directory: Directory;
  readonly #gates = new Map<string, { until: Promise<void>; open(): void }>();

  constructor(below: Directory) {
    const gated = async (name: string) => {
      await this.#gates.get(name)?.until;
      return below.directory(name);
    };
    this.directory = new Proxy(below, {
      get(target, key) {
        if (key === "directory") return gated;
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  shut(name: string): () => void {
    let open = (): void => {};
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gates.set(name, { until, open });
    return open;
  }
}

const schema = { vectors: { v: { dimension: 2 } } } as const;

describe("while a collection is being opened", () => {
  it("others are opened, asked and made; and it is there for all who asked when it is open", async () => {
    const shut = new Shut(memoryDirectory());
    const before = await openOn(shut.directory);
    await (await before.create("large", schema)).upsert([{ id: 1, vector: [1, 0] }]);
    await before.create("small", schema);
    await before.close();

    const store = await openOn(shut.directory);
    const release = shut.shut(folderName(1));
    const asked = [store.collection("large"), store.describe("large"), store.collection("large")];
    let isOpen = false;
    void Promise.all(asked).then(() => {
      isOpen = true;
    });
    expect((await (await store.collection("small")).count()).count).toBe(0);
    await store.create("another", schema);
    await store.setAlias("alias", "small");
    expect(await store.list()).toEqual(["another", "large", "small"]);
    expect(isOpen).toBe(false);
    release();
    const [first, info, second] = await Promise.all(asked);
    expect(second).toBe(first);
    expect(info).toMatchObject({ points: 1 });
    await store.close();
  });

  it("dropping it and closing the store wait for it, and leave nothing open", async () => {
    const shut = new Shut(memoryDirectory());
    const before = await openOn(shut.directory);
    await before.create("dropped", schema);
    await before.close();
    const store = await openOn(shut.directory);
    const release = shut.shut(folderName(1));
    const asked = store.collection("dropped");
    const dropped = store.drop("dropped");
    const closed = store.close();
    release();
    expect(await dropped).toBe(true);
    await closed;
    await expect((await asked).count()).rejects.toMatchObject({ code: "failed_precondition" });
    const again = await openOn(shut.directory);
    expect(await again.list()).toEqual([]);
    await again.close();
  });
});
