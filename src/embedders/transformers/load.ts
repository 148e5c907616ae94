/** Opens tokenizer and model through @huggingface/transformers; the only file that imports it. */

import { FrancaError } from "../../errors.ts";
import type { Encode } from "./framing.ts";
import type { HubSource, TransformersEmbedderOptions } from "./options.ts";
import { importPeer } from "./peer.ts";
import { findCached, type Source } from "./source.ts";

export interface Hidden {
  /** Last hidden state, `[sequences, width, dimension]`. */
  values: Float32Array;
  width: number;
  dimension: number;
}

export interface Transformer {
  encode: Encode;
  /** The most tokens that tokenizer and positions allow; may be Infinity. */
  mostTokens: number;
  /** Runs sequences of ids, padded to the longest of them. */
  run(sequences: readonly (readonly number[])[]): Promise<Hidden>;
  close(): Promise<void>;
}

/**
 * @throws FrancaError failed_precondition without the package, not_found when a file of the model is missing,
 *   unavailable when the hub cannot be reached, data_loss when a local model does not open.
 */
export async function loadTransformer(
  source: Source,
  options: TransformersEmbedderOptions,
): Promise<Transformer> {
  const peer = await importPeer("@huggingface/transformers", () => import("@huggingface/transformers"));
  const { model, precision = "fp32", device, onDownload } = options;
  const hub = model !== undefined && !("folder" in model) ? model : undefined;
  const cached = hub && (await findCached(hub, precision, hub.cacheFolder ?? peer.env.cacheDir));
  const location = cached ?? source.location;
  const shared = {
    ...(onDownload ? { progress_callback: downloadListener(onDownload) } : {}),
    ...(hub?.revision && !cached ? { revision: hub.revision } : {}),
    ...(hub?.cacheFolder ? { cache_dir: hub.cacheFolder } : {}),
    local_files_only: !hub || cached !== undefined || hub.offline === true,
  };
  let tokenizer: Awaited<ReturnType<typeof peer.AutoTokenizer.from_pretrained>>;
  let network: Awaited<ReturnType<typeof peer.AutoModel.from_pretrained>>;
  try {
    if (hub?.offline && !cached && peer.env.useFS) throw notCached(hub);
    tokenizer = await peer.AutoTokenizer.from_pretrained(location, shared);
    network = await peer.AutoModel.from_pretrained(location, {
      ...shared,
      dtype: precision,
      ...(device ? { device } : {}),
    });
  } catch (cause) {
    throw cause instanceof FrancaError ? cause : loadError(location, hub && !cached ? hub : undefined, cause);
  }

  async function run(sequences: readonly (readonly number[])[]): Promise<Hidden> {
    const width = Math.max(...sequences.map((ids) => ids.length));
    const size = sequences.length * width;
    const ids = new BigInt64Array(size).fill(BigInt(tokenizer.pad_token_id ?? 0));
    const mask = new BigInt64Array(size);
    sequences.forEach((sequence, row) => {
      sequence.forEach((id, column) => {
        ids[row * width + column] = BigInt(id);
        mask[row * width + column] = 1n;
      });
    });
    const shape = [sequences.length, width];
    const output = await network({
      input_ids: new peer.Tensor("int64", ids, shape),
      attention_mask: new peer.Tensor("int64", mask, shape),
      token_type_ids: new peer.Tensor("int64", new BigInt64Array(size), shape),
    });
    return readHidden(output, source.location, width);
  }

  return {
    encode: (text, withFrame) => tokenizer.encode(text, { add_special_tokens: withFrame }),
    mostTokens: Math.min(tokenizer.model_max_length, positions(network.config)),
    run,
    close: async () => {
      await network.dispose();
    },
  };
}

function readHidden(output: Record<string, unknown>, location: string, width: number): Hidden {
  const hidden = output.last_hidden_state ?? output.token_embeddings;
  if (isTensor(hidden) && hidden.data instanceof Float32Array && hidden.dims.length === 3) {
    return { values: hidden.data, width, dimension: hidden.dims[2]! };
  }
  throw new FrancaError(
    "unimplemented",
    `Expected ${location} to give last_hidden_state in float32, got ${Object.keys(output).join(", ")}; ` +
      "choose a model exported for feature extraction",
  );
}

function isTensor(value: unknown): value is { data: unknown; dims: number[] } {
  return (
    typeof value === "object" &&
    value !== null &&
    "data" in value &&
    "dims" in value &&
    Array.isArray(value.dims)
  );
}

function positions(config: object): number {
  const most = "max_position_embeddings" in config ? config.max_position_embeddings : undefined;
  return typeof most === "number" && most > 0 ? most : Number.POSITIVE_INFINITY;
}

type OnDownload = NonNullable<TransformersEmbedderOptions["onDownload"]>;
type Download = { status: string; file?: string; loaded?: number; total?: number };

function downloadListener(onDownload: OnDownload): (event: Download) => void {
  return ({ status, file, loaded, total }) => {
    if (status !== "progress" || file === undefined) return;
    onDownload({ file, loadedBytes: loaded ?? 0, totalBytes: total ?? 0 });
  };
}

function notCached(hub: HubSource, cause?: unknown): FrancaError {
  return new FrancaError(
    "not_found",
    `The model ${hub.id} is not in the cache, and "offline" forbids to download it. ` +
      "Open it once with a network, or name a folder that holds it",
    { cause },
  );
}

/** @param hub the hub model that was to be downloaded; undefined for files on the disk. */
function loadError(location: string, hub: HubSource | undefined, cause: unknown): FrancaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (hub?.offline) return notCached(hub, cause);
  if (cause instanceof Error && cause.name === "ModelFileNotFoundError") {
    return new FrancaError("not_found", `The model ${location} lacks a file: ${reason}`, { cause });
  }
  if (hub) {
    const message = `The model ${location} could not be downloaded or opened: ${reason}`;
    return new FrancaError("unavailable", message, { cause });
  }
  const message = `The model in ${location} does not open: ${reason}. Copy its folder again`;
  return new FrancaError("data_loss", message, { cause });
}
