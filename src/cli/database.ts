/**
 * The database a command works on: where it lies, how paths in it are told, and which model its collection has.
 */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArgsDef } from "citty";
import type { Embedder } from "../embedder.ts";
import type { EngineStore } from "../engine/engine.ts";
import { open } from "../engine/open.ts";
import { FrancaError, isFrancaError } from "../errors.ts";
import { recordedPath } from "../rag/documents/files-node.ts";
import { checkChunks, sourcesName, sourcesSchema } from "../rag/ingest/schema.ts";
import type { Collection } from "../store.ts";
import type { Arguments } from "./command.ts";

export const databaseArgs: ArgsDef = {
  db: {
    type: "string",
    valueHint: "folder",
    description: "The database's folder (default: $FRANCA_DB, else ./.franca)",
  },
  collection: {
    type: "string",
    valueHint: "name",
    description: "The collection",
    default: "documents",
  },
  embedder: {
    type: "string",
    valueHint: "static|transformers:folder",
    description:
      "The embedding model: static, or transformers: and a folder or hub id (default: the collection's)",
  },
};

export interface Database {
  store: EngineStore;
  folder: string;
  /** Paths of sources are recorded relative to it: the folder that the database lies in. */
  base: string;
}

/** @param named where a command takes the folder without a flag */
export function databaseFolder(given: Arguments, named?: string): string {
  return resolve(named || given.text("db") || process.env.FRANCA_DB || ".franca");
}

export async function openDatabase(folder: string): Promise<Database> {
  return { store: await open(folder), folder, base: dirname(folder) };
}

/** For reading: a database that is not there is not made. */
export async function openExisting(folder: string): Promise<Database> {
  if (!existsSync(folder))
    throw new FrancaError(
      "not_found",
      `there is no database at ${folder}. Make one with \`franca add <files>\`, or say where it is with --db`,
      { details: { folder } },
    );
  return openDatabase(folder);
}

/** A recorded path as one that opens from the current folder. */
export function openablePath(recorded: string, base: string): string {
  const absolute = resolve(base, recorded);
  const near = relative(process.cwd(), absolute);
  return near === ".." || near.startsWith(`..${sep}`) || isAbsolute(near) ? absolute : near;
}

/** A path as the database has recorded it. */
export function recordedSource(path: string, base: string): string {
  return recordedPath(resolve(path), base);
}

const settingsId = "settings";

/** Which embedder wrote a collection, as it was given to `franca add`; undefined when it is not known. */
export async function recordedEmbedder(
  { store, base }: Database,
  collection: string,
): Promise<string | undefined> {
  try {
    const [settings] = await (await store.collection(sourcesName(collection))).get([settingsId]);
    const spec = (settings?.payload as { embedder?: string } | undefined)?.embedder;
    if (!spec?.startsWith("folder:")) return spec;
    return `transformers:${resolve(base, spec.slice("folder:".length))}`;
  } catch (error) {
    if (isFrancaError(error, "not_found")) return undefined;
    throw error;
  }
}

/** Folders are recorded as sources are, so that a project can be moved with its database. */
export async function recordEmbedder(
  { store, base }: Database,
  collection: string,
  spec: string,
): Promise<void> {
  const place = /^transformers:(.*)$/s.exec(spec)?.[1];
  const embedder = place !== undefined && existsSync(place) ? `folder:${recordedSource(place, base)}` : spec;
  const sources = await store.create(sourcesName(collection), sourcesSchema, { ifExists: "open" });
  await sources.upsert([{ id: settingsId, payload: { embedder } }]);
}

/** @throws FrancaError invalid_argument for a spec that names no embedder */
export async function embedderFor(spec: string): Promise<Embedder> {
  if (spec === "static") return (await import("../embedders/static.ts")).staticEmbedder();
  const place = /^transformers:(.+)$/s.exec(spec)?.[1];
  if (place === undefined)
    throw new FrancaError(
      "invalid_argument",
      `--embedder: expected "static" or "transformers:" and a folder or hub id; got "${spec}"`,
    );
  const { transformersEmbedder } = await import("../embedders/transformers.ts");
  return transformersEmbedder({ model: existsSync(place) ? { folder: resolve(place) } : { id: place } });
}

export interface Documents extends Database {
  collection: Collection;
  /** Undefined where it was not asked for: keyword search does not wait for a model. */
  embedder: Embedder | undefined;
}

/** An existing collection of documents with the model that wrote it. */
export async function openDocuments(given: Arguments, withModel = true): Promise<Documents> {
  const database = await openExisting(databaseFolder(given));
  try {
    return { ...database, ...(await documentsIn(database, given, withModel)) };
  } catch (error) {
    await database.store.close();
    throw error;
  }
}

async function documentsIn(
  database: Database,
  given: Arguments,
  withModel: boolean,
): Promise<{ collection: Collection; embedder: Embedder | undefined }> {
  const { store, folder } = database;
  const name = given.text("collection")!;
  const info = await store.describe(name).catch(async (error: unknown) => {
    if (!isFrancaError(error, "not_found")) throw error;
    const others = (await store.list()).filter((other) => !other.endsWith(".sources"));
    throw new FrancaError(
      "not_found",
      `there is no collection "${name}" in ${folder}; ${others.length === 0 ? "it is empty" : `it has ${others.join(", ")}`}`,
      { cause: error },
    );
  });
  const spec = given.text("embedder") ?? (await recordedEmbedder(database, name)) ?? "static";
  const embedder = withModel ? await embedderFor(spec) : undefined;
  checkChunks(info, embedder);
  return { collection: await store.collection(name), embedder };
}

/** Where the demo and the tests find what is beside the package. */
export function packageFolder(): string {
  return fileURLToPath(new URL("../..", import.meta.url));
}
