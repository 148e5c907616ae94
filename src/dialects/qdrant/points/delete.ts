/** Deleting points: by ids, of which those that are not there do not matter, or by a filter. */
import { selecting, selectorOf } from "../requests/selector.ts";
import { object } from "../requests/shape.ts";
import { expectUpdatable } from "../strict/updates.ts";
import type { WriteOperation } from "./operation.ts";
import { together } from "./turns.ts";

const deleteRequest = object(selecting);

export const deletePoints: WriteOperation = async (to, given, path, { signal }) => {
  const selection = deleteRequest(given, path);
  const selector = selectorOf(selection);
  expectUpdatable(to, given);
  return together(to.collection.name, () => to.collection.delete(selector, { signal }));
};
