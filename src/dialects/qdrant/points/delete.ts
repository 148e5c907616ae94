/** Deleting points: by ids, of which those that are not there do not matter, or by a filter. */
import { opened } from "../collections/opened.ts";
import type { Handler } from "../handler.ts";
import { selecting, selectorOf } from "../requests/selector.ts";
import { object } from "../requests/shape.ts";
import { type UpdateResult, written } from "./written.ts";

const deleteRequest = object(selecting);

export const deletePoints: Handler<UpdateResult> = async (store, params, given, { signal }) => {
  const selector = selectorOf(deleteRequest(given, ""));
  const { collection } = await opened(store, params);
  return written(await collection.delete(selector, { signal }), params);
};
