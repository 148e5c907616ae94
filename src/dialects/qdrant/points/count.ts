/** How many points match: exactly, whether it is asked for exactly or not. */
import { opened } from "../collections/opened.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { boolean, object, optional } from "../requests/shape.ts";

const countRequest = object({ filter: optional(readFilter), exact: optional(boolean) });

export const countPoints: Handler<{ count: number }> = async (store, params, given, { signal }) => {
  const { filter } = countRequest(given ?? {}, "");
  const { collection } = await opened(store, params);
  const { count } = await collection.count({ ...(filter && { filter }), signal });
  return { count };
};
