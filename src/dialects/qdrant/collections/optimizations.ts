/** What is optimised: nothing that a client would have to wait for, since every point is searchable at once. */
import type { Handler } from "../handler.ts";
import type { JsonObject } from "../requests/shape.ts";
import { opened } from "./opened.ts";

export const getOptimizations: Handler<JsonObject> = async (store, params) => {
  const { collection } = await opened(store, params);
  const { segments } = await collection.stats();
  const asked = params.with ?? [];
  return {
    summary: { queued_optimizations: 0, queued_segments: 0, queued_points: 0, idle_segments: segments },
    running: [],
    ...(asked.includes("queued") && { queued: [] }),
    ...(asked.includes("completed") && { completed: [] }),
    ...(asked.includes("idle_segments") && { idle_segments: [] }),
  };
};
