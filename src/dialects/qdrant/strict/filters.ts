/** What strict mode asks of filters: not too many conditions, none too long, all on indexed keys. */
import type { Opened } from "../collections/opened.ts";
import { indexTypeOf } from "../collections/settings.ts";
import { type StrictMode, strictError } from "./strict-mode.ts";

type Json = { readonly [name: string]: unknown };

/** @param filter as it came */
export function expectFilterAllowed(
  filter: unknown,
  to: Opened,
  strict: StrictMode,
  allowsUnindexed: boolean | undefined,
): void {
  if (typeof filter !== "object" || filter === null) return;
  const conditions = conditionsOf(filter as Json);
  const { filter_max_conditions: most, condition_max_size: longest } = strict;
  if (most !== undefined && conditions.length > most)
    throw strictError(
      `Filter condition limit reached (${conditions.length} > ${most})`,
      "Reduce the amount of conditions of your filter.",
    );
  const size = Math.max(0, ...conditions.map(({ condition }) => sizeOf(condition)));
  if (longest !== undefined && size > longest)
    throw strictError(
      `Condition size limit reached (${size} > ${longest})`,
      "Reduce the size of your condition.",
    );
  if (allowsUnindexed !== false) return;
  for (const { condition, prefix } of conditions) {
    const key = keyOf(condition);
    if (key === undefined) continue;
    const whole = prefix === "" ? key : `${prefix}.${key}`;
    const wanted = typesFor(condition);
    const type = indexTypeOf(whole, to.collection.schema, to.settings);
    if (type !== undefined && (wanted.length === 0 || wanted.includes(type as string))) continue;
    throw strictError(
      `Index required but not found for "${whole}" of one of the following types: [${(wanted.length > 0 ? wanted : allTypes).join(", ")}]`,
      "Create an index for this key or use a different filter.",
    );
  }
}

const allTypes = ["bool", "datetime", "float", "geo", "integer", "keyword", "text", "uuid"];

/** Single conditions, however they are combined; those of nested filters with the key that they lie under. */
function conditionsOf(filter: Json, prefix = ""): { condition: Json; prefix: string }[] {
  const minShould = (filter.min_should as Json | null | undefined)?.conditions;
  return [filter.must, filter.should, filter.must_not, minShould].flatMap((given) => {
    const list = Array.isArray(given) ? given : given ? [given] : [];
    return (list as Json[]).flatMap((condition) => {
      const nested = condition.nested as Json | undefined;
      if (nested !== undefined) {
        const key = `${String(nested.key).replace(/\[\]$/, "")}[]`;
        return conditionsOf((nested.filter ?? {}) as Json, prefix === "" ? key : `${prefix}.${key}`);
      }
      const isFilter = ["must", "should", "must_not", "min_should"].some((name) => name in condition);
      return isFilter ? conditionsOf(condition, prefix) : [{ condition, prefix }];
    });
  });
}

function keyOf(condition: Json): string | undefined {
  const inner = (condition.is_empty ?? condition.is_null) as Json | boolean | undefined;
  const key = condition.key ?? (typeof inner === "object" ? inner.key : undefined);
  return typeof key === "string" ? key : undefined;
}

function sizeOf({ match, has_id, geo_polygon }: Json): number {
  const { any, except } = (match ?? {}) as { any?: unknown[]; except?: unknown[] };
  const { exterior } = (geo_polygon ?? {}) as { exterior?: { points?: unknown[] } };
  return (any ?? except ?? (has_id as unknown[] | undefined) ?? exterior?.points ?? [0]).length;
}

/** Types of indexes that serve a condition; none: any does. */
function typesFor({ match, range, geo_bounding_box, geo_radius, geo_polygon }: Json): string[] {
  if (match) {
    const { value, any, except, text, text_any, phrase } = match as Json;
    if (text ?? text_any ?? phrase) return ["text"];
    const sample = value ?? (any as unknown[] | undefined)?.[0] ?? (except as unknown[] | undefined)?.[0];
    if (typeof sample === "string") return ["keyword", "uuid"];
    return typeof sample === "boolean" ? ["bool"] : ["integer"];
  }
  if (range) {
    const bounds = Object.values(range as Json).filter((bound) => bound !== null);
    return bounds.some((bound) => typeof bound === "string") ? ["datetime"] : ["float", "integer"];
  }
  return geo_bounding_box || geo_radius || geo_polygon ? ["geo"] : [];
}
