/** The models that requests for inference may name: the one that comes with Franca. It is read when it is first asked for. */
import type { Models } from "../../dialects/qdrant/inference/models.ts";
import type { Embedder } from "../../embedder.ts";
import { staticEmbedder } from "../../embedders/static.ts";

let packaged: Promise<Embedder> | undefined;

export const packagedModels: Models = {
  names: ["franca/static-minilm-256"],
  open() {
    packaged ??= staticEmbedder();
    return packaged;
  },
};
