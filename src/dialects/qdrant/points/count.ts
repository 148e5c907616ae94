/** How many points match: exactly, whether it is asked for exactly or not. */
import { opened } from "../collections/opened.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { boolean, object, optional } from "../requests/shape.ts";
import { expectReadable } from "../strict/reads.ts";

const countRequest = object({ filter: optional(readFilter), exact: optional(boolean) });

export const countPoints: Handler<{ count: number }> = async (store, params, given, { signal }) => {
  const { filter } = countRequest(given ?? {}, "");
  const from = await opened(store, params);
  expectReadable(from, { filter: (given as { filter?: unknown } | undefined)?.filter });
  const { collection } = from;
  const { count } = await collection.count({ ...(filter && { filter }), signal });
  return { count };
};
