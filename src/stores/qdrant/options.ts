/** Where a Qdrant is, how it is spoken to, and how collections are made in it. */
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";

export interface QdrantOptions {
  /** "http://localhost:6333". A path before Qdrant's own is kept. */
  url: string;
  apiKey?: string;
  /** For a call, retries included. Default 60 s. */
  timeoutMs?: number;
  /** Sent with every request. */
  headers?: { readonly [name: string]: string };
  /** Times that a request is tried again after 429, 5xx or a broken connection. Default 3. */
  retries?: number;
  /** About, of points in one request. Default 8 MiB; a Qdrant takes 32 MiB unless it is told otherwise. */
  batchBytes?: number;
  /** How collections are made; see `CreationSettings`. */
  collections?: CreationSettings;
  /** After each request of an upsert that needs several. */
  onProgress?: (progress: UpsertProgress) => void;
}

export interface UpsertProgress {
  collection: string;
  /** Points of the call that are written. */
  done: number;
  total: number;
}

/** Of collections that this store makes; those that are there keep theirs. Names and units are Qdrant's, defaults its users'. */
export interface CreationSettings {
  /** Vectors are read from files instead of memory. Default false. */
  onDisk?: boolean;
  /** Default true. */
  onDiskPayload?: boolean;
  /** kB of vectors in a segment from which on a graph is built. Default 20,000. */
  indexingThreshold?: number;
  /** kB of vectors in a segment from which on they are mapped from files. Default 50,000. */
  memmapThreshold?: number;
  /** Default 5. */
  defaultSegmentNumber?: number;
  /** Links per node of a field that does not say. Default 16. */
  m?: number;
  /** Of a field that does not say. Default 100. */
  efConstruct?: number;
  /** kB of matching vectors up to which they are scanned. Default 10,000. */
  fullScanThreshold?: number;
  shardNumber?: number;
  replicationFactor?: number;
  writeConsistencyFactor?: number;
  /** Qdrant's own quantization_config, sent as it is. */
  quantization?: { readonly [name: string]: unknown };
}

export interface CheckedQdrantOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly headers: { readonly [name: string]: string };
  readonly retries: number;
  readonly batchBytes: number;
  readonly collections: CheckedCreation;
  readonly onProgress: ((progress: UpsertProgress) => void) | undefined;
}

export type CheckedCreation = Required<
  Omit<CreationSettings, "shardNumber" | "replicationFactor" | "writeConsistencyFactor" | "quantization">
> &
  Pick<CreationSettings, "shardNumber" | "replicationFactor" | "writeConsistencyFactor" | "quantization">;

/** Timers know no longer time. */
const longestTimeoutMs = 2 ** 31 - 1;

/** Neither a key nor a password is repeated in what it throws. @throws FrancaError invalid_argument */
export function checkedOptions(options: unknown): CheckedQdrantOptions {
  const {
    url,
    apiKey,
    timeoutMs = 60_000,
    headers = {},
    retries = 3,
    batchBytes = 8 * 2 ** 20,
    collections,
    onProgress,
    ...rest
  } = plainObject(options, "qdrant", 'options, like {url: "http://localhost:6333"}');
  rejectKeys(
    rest,
    "qdrant",
    "url, apiKey, timeoutMs, headers, retries, batchBytes, collections and onProgress",
  );
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw badInput(
      "qdrant: timeoutMs",
      `milliseconds, more than 0 and at most ${longestTimeoutMs}`,
      timeoutMs,
    );
  if (apiKey !== undefined && (typeof apiKey !== "string" || apiKey === ""))
    throw badInput("qdrant: apiKey", "a key that is not empty");
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw badInput("qdrant: onProgress", "a function", onProgress ?? "null");
  const named = plainObject(headers, "qdrant: headers", "header values by name");
  for (const [name, value] of Object.entries({
    ...named,
    ...(apiKey !== undefined && { "api-key": apiKey }),
  })) {
    try {
      new Headers({ [name]: value as string });
    } catch {
      const what = name === "api-key" ? "the key" : `header ${JSON.stringify(name)}`;
      throw badInput("qdrant", `${what} to be text that HTTP can carry`);
    }
  }
  return {
    url: checkedUrl(url),
    apiKey,
    timeoutMs,
    headers: named as { [name: string]: string },
    retries: whole(retries, "retries", 0),
    batchBytes: whole(batchBytes, "batchBytes", 1),
    collections: checkedCreation(collections ?? {}),
    onProgress: onProgress as CheckedQdrantOptions["onProgress"],
  };
}

function checkedUrl(url: unknown): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw badInput(
      "qdrant: url",
      "an address such as http://localhost:6333",
      parsed === undefined ? url : parsed.protocol,
    );
  if (parsed.username !== "" || parsed.password !== "")
    throw badInput("qdrant: url", "no user and password in the address; give a key as {apiKey}");
  if (parsed.search !== "" || parsed.hash !== "")
    throw badInput("qdrant: url", "an address without anything behind ? or #; give a key as {apiKey}");
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}

function checkedCreation(given: unknown): CheckedCreation {
  const {
    onDisk = false,
    onDiskPayload = true,
    indexingThreshold = 20_000,
    memmapThreshold = 50_000,
    defaultSegmentNumber = 5,
    m = 16,
    efConstruct = 100,
    fullScanThreshold = 10_000,
    shardNumber,
    replicationFactor,
    writeConsistencyFactor,
    quantization,
    ...rest
  } = plainObject(given, "qdrant: collections", "how collections are made, like {onDisk: true}");
  rejectKeys(rest, "qdrant: collections", "Qdrant's creation settings that docs/qdrant-store.md lists");
  const at = (name: string): string => `collections.${name}`;
  return {
    onDisk: flag(onDisk, at("onDisk")),
    onDiskPayload: flag(onDiskPayload, at("onDiskPayload")),
    indexingThreshold: whole(indexingThreshold, at("indexingThreshold"), 0),
    memmapThreshold: whole(memmapThreshold, at("memmapThreshold"), 0),
    defaultSegmentNumber: whole(defaultSegmentNumber, at("defaultSegmentNumber"), 0),
    m: whole(m, at("m"), 0),
    efConstruct: whole(efConstruct, at("efConstruct"), 4),
    fullScanThreshold: whole(fullScanThreshold, at("fullScanThreshold"), 0),
    ...(shardNumber !== undefined && { shardNumber: whole(shardNumber, at("shardNumber"), 1) }),
    ...(replicationFactor !== undefined && {
      replicationFactor: whole(replicationFactor, at("replicationFactor"), 1),
    }),
    ...(writeConsistencyFactor !== undefined && {
      writeConsistencyFactor: whole(writeConsistencyFactor, at("writeConsistencyFactor"), 1),
    }),
    ...(quantization !== undefined && {
      quantization: plainObject(
        quantization,
        "qdrant: collections.quantization",
        "Qdrant's quantization_config",
      ),
    }),
  };
}

function whole(value: unknown, name: string, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw badInput(`qdrant: ${name}`, `a whole number, ${least} or more`, value ?? String(value));
}

function flag(value: unknown, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw badInput(`qdrant: ${name}`, "true or false", value ?? String(value));
}
