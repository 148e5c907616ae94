/** The values of a declared field with their counts. */
import { FrancaError } from "../../errors.ts";
import { badInput, plainObject, rejectKeys } from "../../model/bad-input.ts";
import { readPath } from "../../model/path.ts";
import type { Warning } from "../../model/result.ts";
import type { PayloadFieldType } from "../../model/schema.ts";
import { checkFilter } from "../../model/validate-filter.ts";
import { checkSignal } from "../../model/validate-signal.ts";
import type { FacetValue } from "../../store.ts";
import type { Open } from "./collection.ts";
import { wireFilter } from "./filter/filter.ts";
import { keysOf } from "./filter/paths.ts";
import { filterWarnings } from "./warnings.ts";

const counted: ReadonlySet<PayloadFieldType> = new Set(["keyword", "integer", "uuid", "bool"]);
/** Where a path is several keys, the values of all are needed. */
const everyValue = 2 ** 31;

export async function facetValues(
  { wire, layout }: Open,
  request: unknown,
): Promise<{ values: FacetValue[]; warnings: Warning[] }> {
  const {
    field,
    filter,
    limit = 10,
    signal: given,
    ...others
  } = plainObject(request, "facet", "{field, filter, limit, signal}");
  rejectKeys(others, "facet", "field, filter, limit and signal");
  if (typeof field !== "string") throw badInput("facet.field", "a declared field", field ?? String(field));
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1)
    throw badInput("facet.limit", "an integer, 1 or more", limit ?? String(limit));
  const signal = checkSignal(given, "facet.signal");
  const checked = filter === undefined ? undefined : checkFilter(filter, layout.fields);
  const { payloadFields, paths = "implicit" } = layout.fields;
  const declared = Object.hasOwn(payloadFields, field) ? payloadFields[field] : undefined;
  if (declared === undefined)
    throw badInput(
      "facet.field",
      `a declared field (${Object.keys(payloadFields).join(", ") || "none"})`,
      field,
    );
  if (!counted.has(declared.type)) {
    throw new FrancaError(
      "unimplemented",
      `facet: Qdrant counts the values of fields of type ${[...counted].join(", ")}, and ${JSON.stringify(field)} is declared ${declared.type}`,
    );
  }
  wire.expectOpen("facet", signal);
  const keys = keysOf(readPath(field, paths)!, true);
  const counts = new Map<FacetValue["value"], number>();
  for (const key of keys) {
    const { hits } = await wire.call<{ hits: { value: FacetValue["value"] | bigint; count: number }[] }>(
      "facet",
      {
        collection_name: layout.name,
        key,
        exact: true,
        limit: keys.length === 1 ? limit : everyValue,
        ...(checked !== undefined && { filter: wireFilter(checked, layout) }),
      },
      { signal },
    );
    for (const { value: told, count } of hits) {
      const value = typeof told === "bigint" ? Number(told) : told;
      counts.set(value, (counts.get(value) ?? 0) + count);
    }
  }
  const values = [...counts].map(([value, count]) => ({ value, count }));
  values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return { values: values.slice(0, limit), warnings: filterWarnings(checked) };
}
