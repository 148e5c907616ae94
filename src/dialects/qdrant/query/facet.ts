/** The values of a payload field, with how many points hold each. */
import { opened } from "../collections/opened.ts";
import { indexTypeOf } from "../collections/settings.ts";
import { badRequest } from "../errors.ts";
import { readFilter } from "../filter/filter.ts";
import type { Handler } from "../handler.ts";
import { parseJsonPath } from "../requests/json-path.ts";
import { boolean, object, optional, string, unsigned } from "../requests/shape.ts";
import { expectReadable } from "../strict/reads.ts";

const facetRequest = object({
  key: string,
  limit: optional(unsigned(1)),
  filter: optional(readFilter),
  exact: optional(boolean),
});

const counted = new Set(["keyword", "integer", "bool", "uuid"]);

/** Exact, whether it is asked for or not. */
export const facet: Handler<{ hits: { value: string | number | boolean; count: number }[] }> = async (
  store,
  params,
  given,
  { signal },
) => {
  const { key, limit = 10, filter, exact } = facetRequest(given, "");
  parseJsonPath(key);
  const to = await opened(store, params);
  expectReadable(to, { filter: (given as { filter?: unknown }).filter, limit, ...(exact && { exact }) });
  const type = indexTypeOf(key, to.collection.schema, to.settings);
  if (!counted.has(type as string))
    throw badRequest(
      `No appropriate index for faceting: \`${key}\`. Please create one to facet on this field.`,
    );
  const { values } = await to.collection.facet({ field: key, ...(filter && { filter }), limit, signal });
  return { hits: values.map(({ value, count }) => ({ value, count })) };
};
