/** Databases that an earlier version of the format wrote are opened whole, written, and opened again. */
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import type { PointId } from "../../src/model/id.ts";
import type { Payload } from "../../src/model/payload.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { Store } from "../../src/store.ts";
import { Oracle } from "../oracle/oracle.ts";
import { expectSame } from "./expect-same.ts";

interface Content {
  aliases: { [alias: string]: string };
  collections: {
    [name: string]: {
      schema: CollectionSchema;
      points: { id: string | number | { bigint: string }; payload: Payload; vectors: never }[];
    };
  };
}

const fixtures = new URL("../fixtures/", import.meta.url);
const versions = (await readdir(fixtures)).filter((name) => name.startsWith("disk-v"));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "franca-fixture-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function contentOf(version: string, name: string): Promise<Content> {
  const text = await readFile(new URL(`${version}/${name}.json`, fixtures), "utf8");
  return JSON.parse(text) as Content;
}

function oraclesOf({ collections }: Content): Map<string, Oracle> {
  return new Map(
    Object.entries(collections).map(([name, { schema, points }]) => {
      const oracle = new Oracle(schema);
      oracle.upsert(
        points.map((point) => ({
          ...point,
          id: (typeof point.id === "object" ? BigInt(point.id.bigint) : point.id) as PointId,
        })),
      );
      return [name, oracle];
    }),
  );
}

async function expectAll(store: Store, content: Content, oracles: Map<string, Oracle>, where: string) {
  expect(await store.list(), where).toEqual([...oracles.keys()].sort());
  expect(await store.aliases(), where).toEqual(content.aliases);
  for (const [name, oracle] of oracles) {
    expect((await store.describe(name)).schema, where).toEqual(oracle.schema);
    await expectSame(await store.collection(name), oracle, `${where}, ${name}`);
  }
}

describe.each(versions)("a database of %s", (version) => {
  it.each(["closed", "killed"])(
    "that was %s has all its content, takes writes, and keeps them",
    async (name) => {
      const content = await contentOf(version, name);
      const oracles = oraclesOf(content);
      await cp(new URL(`${version}/${name}`, fixtures), join(folder, name), { recursive: true });
      for (let opening = 1; opening <= 3; opening++) {
        const store = await open(join(folder, name));
        await expectAll(store, content, oracles, `${name}, opening ${opening}`);
        for (const [collection, oracle] of oracles) {
          const points = oracle.all();
          const things = await store.collection(collection);
          for (const change of [
            { ...points[opening]!, payload: {} },
            { ...points[opening + 5]!, id: `new ${opening}` },
          ]) {
            await things.upsert([change]);
            oracle.upsert([change]);
          }
          const ids = [points[opening + 10]!.id, points[opening + 12]!.id];
          expect((await things.delete({ ids })).count).toBe(oracle.delete({ ids }));
          await things.optimize();
        }
        await expectAll(store, content, oracles, `${name}, after writes of opening ${opening}`);
        await store.close();
      }
    },
  );
});
