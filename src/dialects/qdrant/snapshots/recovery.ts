/**
 * A collection from a snapshot. It is read whole into a collection aside first, so that what is no snapshot, or a damaged one,
 * changes nothing; then it takes the place of the one that has the name.
 */
import type { Store } from "../../../store.ts";
import { badRequest, wrongInput } from "../errors.ts";
import type { Context, Handler, Params } from "../handler.ts";
import { choice, object, optional, string } from "../requests/shape.ts";
import { recover } from "./archive.ts";
import { archiveAt } from "./location.ts";
import { folderOf, snapshotName } from "./names.ts";
import { expectShard } from "./snapshots.ts";

const priority = optional(choice("no_sync", "snapshot", "replica"));
const request = object({ location: string, priority, checksum: optional(string), api_key: optional(string) });

/** Of a body that came as a form. */
export interface Upload {
  readonly bytes: Uint8Array;
  readonly checksum?: string | undefined;
}

export const recoverFromLocation: Handler<boolean> = async (store, params, given, context) => {
  const { location, checksum, api_key } = request(given, "");
  expectShard(params);
  const { snapshots, signal } = context;
  await put(store, params, await archiveAt(location, api_key, snapshots, signal), checksum, context);
  return true;
};

export const recoverFromUpload: Handler<boolean> = async (store, params, given, context) => {
  expectShard(params);
  const { bytes, checksum } = given as Upload;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  await put(store, params, pieces(), checksum, context);
  return true;
};

async function put(
  store: Store,
  { collection = "" }: Params,
  archive: AsyncIterable<Uint8Array>,
  checksum: string | undefined,
  { snapshots, signal }: Context,
): Promise<void> {
  if (collection === "" || Object.hasOwn(await store.aliases(), collection))
    throw wrongInput(`Collection name ${JSON.stringify(collection)} is an alias, or none`);
  const folder = folderOf(collection, undefined);
  const name = snapshotName(`${collection}-recovered`, Date.now());
  const stored = await snapshots.write(folder, name, archive);
  const aside = `${collection}~${stored.createdMs}`;
  const kept = async () => (await snapshots.read(folder, name))!;
  try {
    if (checksum !== undefined && checksum.toLowerCase() !== stored.checksum)
      throw badRequest(`Snapshot checksum mismatch: expected ${checksum}, got ${stored.checksum}`);
    await recover(store, aside, await kept(), signal);
    await store.drop(collection);
    await recover(store, collection, await kept(), signal);
  } finally {
    await store.drop(aside);
    await snapshots.remove(folder, name);
  }
}
