/** Snapshots of collections, of their one shard, and of the whole storage: taken, listed, given out, deleted. */
import { createTarPacker } from "modern-tar";
import type { Store } from "../../../store.ts";
import { opened } from "../collections/opened.ts";
import { notFound } from "../errors.ts";
import type { Handler, Params } from "../handler.ts";
import { archiveOf } from "./archive.ts";
import { checkedName, folderOf, snapshotName, wholeStorage } from "./names.ts";
import { gathered, type StoredSnapshot } from "./place.ts";

export interface SnapshotDescription {
  name: string;
  /** UTC, without an offset. */
  creation_time: string;
  size: number;
  checksum: string;
}

/** Bytes to be sent as a file. */
export interface SnapshotFile {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
}

/** Of a collection that is there, and of a shard that it has. */
async function placeOf(store: Store, params: Params): Promise<{ folder: string; name: string }> {
  const { collection } = await opened(store, params);
  expectShard(params);
  const shard = params.shard_id === undefined ? undefined : 0;
  const name = shard === undefined ? collection.name : `${collection.name}-shard-${shard}`;
  return { folder: folderOf(collection.name, shard), name };
}

/** All points lie in shard 0. @throws FrancaError not_found */
export function expectShard({ collection, shard_id }: Params): void {
  if (shard_id === undefined || shard_id === "0") return;
  throw notFound(`Shard ${shard_id} of collection ${collection} not found`);
}

export const createSnapshot: Handler<SnapshotDescription> = async (
  store,
  params,
  _,
  { snapshots, signal },
) => {
  const { folder, name } = await placeOf(store, params);
  const { collection } = await opened(store, params);
  const archive = archiveOf(collection, signal) as unknown as AsyncIterable<Uint8Array>;
  return described(await snapshots.write(folder, snapshotName(name, Date.now()), archive));
};

export const listSnapshots: Handler<SnapshotDescription[]> = async (store, params, _, { snapshots }) => {
  const { folder } = await placeOf(store, params);
  return (await snapshots.list(folder)).map(described);
};

export const deleteSnapshot: Handler<boolean> = async (store, params, given, { snapshots }) => {
  const { folder } = await placeOf(store, params);
  const name = nameIn(params, given);
  if (await snapshots.remove(folder, name)) return true;
  throw notFound(`Snapshot ${name} not found`);
};

export const getSnapshot: Handler<SnapshotFile> = async (store, params, _, { snapshots }) => {
  const { folder } = await placeOf(store, params);
  const name = checkedName(params.snapshot_name);
  const bytes = await snapshots.read(folder, name);
  if (bytes === undefined) throw notFound(`Snapshot ${name} not found`);
  return { name, bytes };
};

/** Made as it is sent, and kept nowhere. */
export const streamSnapshot: Handler<SnapshotFile> = async (store, params, _, { signal }) => {
  const { name } = await placeOf(store, params);
  const { collection } = await opened(store, params);
  const bytes = archiveOf(collection, signal) as unknown as AsyncIterable<Uint8Array>;
  return { name: snapshotName(name, Date.now()), bytes };
};

/** A tar of every collection's snapshot, with the aliases. */
export const createFullSnapshot: Handler<SnapshotDescription> = async (
  store,
  _,
  __,
  { snapshots, signal },
) => {
  const name = snapshotName("full-snapshot", Date.now());
  return described(await snapshots.write(wholeStorage, name, wholeArchive(store, signal)));
};

export const listFullSnapshots: Handler<SnapshotDescription[]> = async (_, __, ___, { snapshots }) =>
  (await snapshots.list(wholeStorage)).map(described);

export const deleteFullSnapshot: Handler<boolean> = async (_, params, given, { snapshots }) => {
  const name = nameIn(params, given);
  if (await snapshots.remove(wholeStorage, name)) return true;
  throw notFound(`Snapshot ${name} not found`);
};

export const getFullSnapshot: Handler<SnapshotFile> = async (_, params, __, { snapshots }) => {
  const name = checkedName(params.snapshot_name);
  const bytes = await snapshots.read(wholeStorage, name);
  if (bytes === undefined) throw notFound(`Snapshot ${name} not found`);
  return { name, bytes };
};

/** In the path over REST, in the message over gRPC. */
function nameIn({ snapshot_name }: Params, given: unknown): string {
  return checkedName(snapshot_name ?? (given as { snapshot_name?: string } | undefined)?.snapshot_name);
}

async function* wholeArchive(store: Store, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const add = async (name: string, bytes: Uint8Array): Promise<void> => {
    const writer = controller.add({ name, size: bytes.length, type: "file", mode: 0o644 }).getWriter();
    await writer.write(bytes);
    await writer.close();
  };
  const packing = (async () => {
    await add("aliases.json", new TextEncoder().encode(JSON.stringify(await store.aliases())));
    for (const name of await store.list()) {
      const archive = archiveOf(await store.collection(name), signal) as unknown as AsyncIterable<Uint8Array>;
      await add(`${encodeURIComponent(name)}.snapshot`, await gathered(archive));
    }
    controller.finalize();
  })();
  packing.catch((error: unknown) => controller.error(error));
  yield* readable as unknown as AsyncIterable<Uint8Array>;
  await packing;
}

function described({ name, sizeBytes, createdMs, checksum }: StoredSnapshot): SnapshotDescription {
  return { name, creation_time: new Date(createdMs).toISOString().slice(0, 19), size: sizeBytes, checksum };
}
