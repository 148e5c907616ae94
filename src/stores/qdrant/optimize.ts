/** Qdrant's optimizers run by themselves: what can be done is to wait until they rest. */
import { cancelledError, FrancaError } from "../../errors.ts";
import type { OptimizeOptions } from "../../store.ts";
import type { Open } from "./collection.ts";
import type { CollectionAnswer } from "./read-info.ts";

const pauseMs = 500;

export async function waitUntilGreen(
  { wire, layout }: Open,
  { signal, onProgress }: { signal: AbortSignal | undefined; onProgress: OptimizeOptions["onProgress"] },
): Promise<void> {
  const payload = { collection_name: layout.name };
  let isNudged = false;
  for (;;) {
    const info = await wire.call<CollectionAnswer>("getCollection", payload, { signal });
    const trouble = (info.optimizer_status as { error?: unknown } | undefined)?.error;
    if (typeof trouble === "string")
      throw new FrancaError("internal", `Qdrant's optimizers of ${layout.name} have stopped: ${trouble}`);
    if (info.status === "green") return;
    if (info.status === "red")
      throw new FrancaError("internal", `Qdrant tells of a failure in ${layout.name}: it is red`);
    // "grey": after a restart they wait for a change; one that changes nothing will do.
    if (info.status === "grey" && !isNudged) {
      await wire.call("updateCollection", { ...payload, optimizers_config: {} }, { signal });
      isNudged = true;
    }
    const { indexed_vectors_count: indexed, points_count: total } = info;
    onProgress?.({ stage: "build", done: Math.min(indexed ?? 0, total ?? 0), total: total ?? 0 });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      signal?.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
    if (signal?.aborted) throw cancelledError("optimize", signal);
  }
}
