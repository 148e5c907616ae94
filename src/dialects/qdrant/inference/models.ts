/** The models that objects for inference may name: BM25, which Qdrant computes by itself, and embedders that the host offers. */
import type { Embedder } from "../../../embedder.ts";

export interface Models {
  /** Names of the dense models that are offered, as their makers write them. */
  readonly names: readonly string[];
  /** Opened on first use. @param name one of `names` */
  open(name: string): Promise<Embedder>;
}

export const noModels: Models = {
  names: [],
  open: (name) => Promise.reject(new RangeError(`no model ${name}`)),
};
