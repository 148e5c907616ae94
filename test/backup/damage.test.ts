/** What is damaged, cut short, interrupted or made to harm is found before a database has its name. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar, type TarEntry, type TarHeader, unpackTar } from "modern-tar";
import { describe, expect, test } from "vitest";
import { restore, verifySnapshot } from "../../src/engine/backup/backup.ts";
import { decodeList, encodeList } from "../../src/engine/backup/files.ts";
import { loadKernel } from "../../src/engine/kernel/load.ts";
import type { FrancaError } from "../../src/errors.ts";
import { contentOf, filesBelow, openAt, scratch } from "./folders.ts";

async function small(folder: string, forms: readonly string[]): Promise<unknown> {
  const store = await openAt(join(folder, "origin"));
  const collection = await store.create("c", {
    vectors: { v: { dimension: 3 } },
    payload: { n: { type: "integer" } },
  });
  for (let n = 0; n < 30; n++) await collection.upsert([{ id: n, vector: [n, 1, 2], payload: { n } }]);
  await store.setAlias("alias", "c");
  for (const form of forms) await store.snapshot(join(folder, form));
  const content = await contentOf(store);
  await store.close();
  return content;
}

const failure = (act: Promise<unknown>): Promise<FrancaError> =>
  act.then(
    () => Promise.reject(new Error("it succeeded")),
    (error: FrancaError) => error,
  );

async function isRefused(folder: string, name: string): Promise<FrancaError> {
  const error = await failure(restore(join(folder, name), join(folder, "restored")));
  expect(["data_loss", "failed_precondition"]).toContain(error.code);
  expect(existsSync(join(folder, "restored"))).toBe(false);
  expect(existsSync(join(folder, "restored.partial"))).toBe(false);
  expect((await failure(verifySnapshot(join(folder, name)))).code).toBe(error.code);
  return error;
}

test("a flipped bit, a cut or a missing file of a folder is found, in any file at any place", async () => {
  const folder = scratch();
  await small(folder, ["copy"]);
  for (const name of filesBelow(join(folder, "copy"))) {
    const path = join(folder, "copy", name);
    const whole = readFileSync(path);
    const changes: (Uint8Array | undefined)[] = [
      undefined,
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
    ];
    const places = [0, 9, 13, 17, 25, 40, whole.length >> 1, whole.length - 1];
    for (const at of places.filter((place) => place < whole.length)) {
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      changes.push(flipped);
    }
    for (const change of changes) {
      const damaged = scratch();
      cpSync(join(folder, "copy"), join(damaged, "copy"), { recursive: true });
      if (change === undefined) rmSync(join(damaged, "copy", name));
      else writeFileSync(join(damaged, "copy", name), change);
      if (change === undefined || whole.length > 0) await isRefused(damaged, "copy");
    }
  }
});

test("a flipped bit or a cut of an archive is found at any place, or does no harm", async () => {
  for (const name of ["copy.tar", "copy.tar.gz"]) {
    const folder = scratch();
    const content = await small(folder, [name]);
    const whole = readFileSync(join(folder, name));
    const steps = 120;
    for (let step = 0; step < steps; step++) {
      const at = Math.floor((step * whole.length) / steps);
      const flipped = Uint8Array.from(whole);
      flipped[at]! ^= 1 << (step % 8);
      for (const change of [flipped, ...(step % 4 === 0 ? [whole.subarray(0, at)] : [])]) {
        const target = scratch();
        writeFileSync(join(target, name), change);
        const error = await restore(join(target, name), join(target, "restored")).catch(
          (e: FrancaError) => e,
        );
        if (error instanceof Error) {
          expect(error, String(error.stack)).toMatchObject({ name: "FrancaError", code: "data_loss" });
          expect(readdirSync(target)).toEqual([name]);
          continue;
        }
        // The padding of an archive holds nothing.
        const restored = await openAt(join(target, "restored"));
        expect(await contentOf(restored)).toEqual(content);
        await restored.close();
      }
    }
  }
});

describe("interrupted", () => {
  test.each(["copy", "copy.tar", "copy.tar.gz"])(
    "a snapshot to %s that is cancelled leaves nothing",
    async (name) => {
      const folder = scratch();
      const store = await openAt(join(folder, "origin"));
      await store.create("c", { vectors: {} });
      const stop = new AbortController();
      const error = await failure(
        store.snapshot(join(folder, name), { signal: stop.signal, onProgress: () => stop.abort() }),
      );
      expect(error.code).toBe("cancelled");
      expect(readdirSync(folder)).toEqual(["origin"]);
      await store.snapshot(join(folder, name));
      await store.close();
      const again = new AbortController();
      const options = { signal: again.signal, onProgress: () => again.abort() };
      expect((await failure(restore(join(folder, name), join(folder, "x"), options))).code).toBe("cancelled");
      expect(readdirSync(folder).sort()).toEqual([name, "origin"].sort());
    },
  );

  test("what a killed snapshot or restore left is no database and no snapshot, and the next one clears it away", async () => {
    const folder = scratch();
    const content = await small(folder, ["copy"]);
    for (const left of filesBelow(join(folder, "copy"))) {
      // Killed before the list, and any one file, was there.
      for (const place of ["again.partial", "restored.partial"]) {
        cpSync(join(folder, "copy"), join(folder, place), {
          recursive: true,
          filter: (path) => !path.endsWith("/snapshot") && !path.endsWith(left),
        });
      }
      expect((await failure(verifySnapshot(join(folder, "again.partial")))).message).toContain(
        "written last",
      );
      const store = await openAt(join(folder, "origin"));
      await store.snapshot(join(folder, "again"));
      await store.close();
      await restore(join(folder, "again"), join(folder, "restored"));
      const restored = await openAt(join(folder, "restored"));
      expect(await contentOf(restored)).toEqual(content);
      await restored.close();
      expect(readdirSync(folder).sort()).toEqual(["again", "copy", "origin", "restored"]);
      for (const name of ["again", "restored"]) rmSync(join(folder, name), { recursive: true });
    }
  });

  test("a folder with other things in it is never cleared away", async () => {
    const folder = scratch();
    await small(folder, ["copy"]);
    mkdirSync(join(folder, "restored.partial"));
    writeFileSync(join(folder, "restored.partial", "thesis.txt"), "all of it");
    const error = await failure(restore(join(folder, "copy"), join(folder, "restored")));
    expect(error.code).toBe("already_exists");
    expect(readdirSync(join(folder, "restored.partial"))).toEqual(["thesis.txt"]);
  });
});

describe("archives made to harm", () => {
  async function entriesOf(folder: string): Promise<{ header: TarHeader; data: Uint8Array }[]> {
    await small(folder, ["copy.tar"]);
    const entries = await unpackTar(readFileSync(join(folder, "copy.tar")));
    return entries.map(({ header, data }) => ({ header, data: data ?? new Uint8Array() }));
  }

  /** Packs entries with contents and list that speak of them, as far as they can. */
  async function packed(entries: { header: TarHeader; data: Uint8Array }[]): Promise<Uint8Array> {
    const kernel = await loadKernel();
    const checksum = (bytes: Uint8Array, seed?: number) => kernel.crc32c(bytes, seed);
    const files = entries.slice(1, -1);
    const list = await decodeList(entries.at(-1)!.data, "there", checksum);
    list.files = files.map(({ header: { name, size }, data }) => ({ name, size, crc32c: checksum(data) }));
    const contents = new TextEncoder().encode(
      JSON.stringify(files.map(({ header: { name, size } }) => ({ name, size }))),
    );
    const encoded = await encodeList(list, checksum);
    const all = [
      { header: { ...entries[0]!.header, size: contents.length }, body: contents },
      ...files.map(({ header, data }) => ({ header, body: data })),
      { header: { ...entries.at(-1)!.header, size: encoded.length }, body: encoded },
    ];
    return packTar(all as TarEntry[]);
  }

  type Entry = { header: TarHeader; data: Uint8Array };
  const as = (change: Partial<TarHeader>) => (entries: Entry[]) => Object.assign(entries[1]!.header, change);
  const evil: [string, (entries: Entry[]) => unknown][] = [
    ["an absolute path", as({ name: "/tmp/franca-evil" })],
    ["a path upwards", as({ name: "../evil" })],
    ["a path upwards inside", as({ name: "collection-000001/../../evil" })],
    ["a backslash", as({ name: "collection-000001\\..\\evil" })],
    ["an empty name", as({ name: "collection-000001/" })],
    ["a name of no database", as({ name: "bin/sh" })],
    ["a hidden name", as({ name: "collection-000001/.profile" })],
    ["a lock", as({ name: "lock" })],
    ["a name that is replaced later", as({ name: "collection-000001/manifest.new" })],
    ["a name twice", (entries) => entries.splice(1, 0, entries[1]!)],
    ["a symbolic link", as({ type: "symlink", linkname: "/etc/passwd" })],
    ["a hard link", as({ type: "link", linkname: "../../x" })],
    ["a device", as({ type: "character-device" })],
    ["a pipe", as({ type: "fifo" })],
    ["a folder", as({ type: "directory", name: "evil/" })],
  ];

  test.each(evil)("%s is refused, whatever its lists say", async (_, change) => {
    const folder = scratch();
    const entries = await entriesOf(folder);
    change(entries);
    for (const entry of entries)
      if (entry.header.type !== "file") Object.assign(entry, { data: new Uint8Array() });
    for (const { header, data } of entries) header.size = data.length;
    const bytes = await packed(entries);
    for (const [name, content] of [
      ["evil.tar", bytes],
      ["evil.tar.gz", gzipSync(bytes)],
    ] as const) {
      writeFileSync(join(folder, name), content);
      await isRefused(folder, name);
    }
    expect(readdirSync(folder).sort()).toEqual(["copy.tar", "evil.tar", "evil.tar.gz", "origin"]);
    expect(existsSync("/tmp/franca-evil")).toBe(false);
  });

  test("an unchanged one that was packed again is restored, so that it is the change that is refused", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "again.tar"), await packed(await entriesOf(folder)));
    await restore(join(folder, "again.tar"), join(folder, "restored"));
  });

  test("more bytes than the list says, other entries and entries behind the list are refused", async () => {
    const folder = scratch();
    const entries = await entriesOf(folder);
    const asTar = (all: typeof entries) => packTar(all.map(({ header, data }) => ({ header, body: data })));
    const larger = structuredClone(entries);
    larger[1]!.data = new Uint8Array(2 ** 20);
    larger[1]!.header.size = 2 ** 20;
    const swapped = [...entries];
    [swapped[1], swapped[2]] = [swapped[2]!, swapped[1]!];
    const extra = { header: { name: "evil", size: 1, type: "file" as const }, data: new Uint8Array(1) };
    for (const all of [
      larger,
      swapped,
      [...entries, extra],
      [...entries.slice(0, 2), extra, ...entries.slice(2)],
      entries.slice(1),
      entries.slice(0, -1),
      [],
    ]) {
      writeFileSync(join(folder, "evil.tar"), await asTar(all));
      await isRefused(folder, "evil.tar");
    }
    writeFileSync(join(folder, "evil.tar"), "no archive at all");
    await isRefused(folder, "evil.tar");
  });

  test("a list of a newer Franca is refused as such", async () => {
    const folder = scratch();
    await small(folder, ["copy"]);
    const path = join(folder, "copy", "snapshot");
    const bytes = Uint8Array.from(readFileSync(path));
    const view = new DataView(bytes.buffer);
    const kernel = await loadKernel();
    view.setUint32(12, 99, true);
    view.setUint32(8, kernel.crc32c(bytes.subarray(12, 32), kernel.crc32c(bytes.subarray(32))), true);
    writeFileSync(path, bytes);
    expect((await isRefused(folder, "copy")).code).toBe("failed_precondition");
  });
});
