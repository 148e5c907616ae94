/**
 * Filters as Qdrant's: for exactly the points that Franca's meaning has, or not at all. What Qdrant decides otherwise is refused
 * as `unimplemented`, with the reason. docs/qdrant-store.md has the table.
 */
import { FrancaError } from "../../../errors.ts";
import type { CheckedFilter } from "../../../model/checked-filter.ts";
import type { Path } from "../../../model/path.ts";
import { wireId } from "../ids.ts";
import { type Layout, wireName } from "../layout.ts";
import { all, any, asFilter, atLeast, type Condition, not, nothing } from "./clauses.ts";
import { fieldCondition } from "./condition.ts";
import { keysOf } from "./paths.ts";

/** The `filter` of a request. @throws FrancaError unimplemented */
export function wireFilter(filter: CheckedFilter, layout: Layout): Condition {
  return asFilter(wireCondition(filter, layout));
}

export function wireCondition(filter: CheckedFilter, layout: Layout): Condition {
  return condition(filter, { layout, prefix: undefined });
}

export interface Scope {
  layout: Layout;
  /** Of a lone object that stands for an array of one. */
  prefix: Path | undefined;
}

function condition(filter: CheckedFilter, scope: Scope): Condition {
  const { layout } = scope;
  switch (filter.kind) {
    case "and":
      return filter.filters.length === 0 ? { must: [] } : all(filter.filters.map((f) => condition(f, scope)));
    case "or":
      return any(filter.filters.map((f) => condition(f, scope)));
    case "not":
      return not(condition(filter.filter, scope));
    case "minShould":
      return atLeast(
        filter.count,
        filter.filters.map((f) => condition(f, scope)),
      );
    case "ids":
      return { has_id: filter.ids.map(wireId) };
    case "hasVector":
      return hasField(filter.name, layout) ? { has_vector: wireName(filter.name, layout) } : nothing;
    case "field":
      return fieldCondition(filter, scope.prefix);
    case "nested":
      return nested(filter, scope);
  }
}

export function hasField(name: string, { schema: { vectors, sparse = {}, multi = {} } }: Layout): boolean {
  return [vectors, sparse, multi].some((fields) => Object.hasOwn(fields, name));
}

/**
 * Explicit: Qdrant's own. Implicit: a lone object counts as an array of one, which Qdrant's `nested` passes over; its own
 * conditions find it as long as none of them holds for what is not there.
 */
function nested(filter: Extract<CheckedFilter, { kind: "nested" }>, { layout, prefix }: Scope): Condition {
  if (filter.at.syntax === "explicit") {
    const inner = asFilter(condition(filter.filter, { layout, prefix: undefined }));
    return { nested: { key: keysOf(filter.at, false)[0], filter: inner } };
  }
  if (prefix !== undefined || holdsForNothing(filter.filter)) {
    throw new FrancaError(
      "unimplemented",
      `nested ${JSON.stringify(filter.path)}: Qdrant's nested filters pass over an object that is not in an array, so that what asks for something missing (not, notIn, isEmpty, exists: false) or nests again cannot be asked; make the collection with paths: "explicit"`,
    );
  }
  const inner = asFilter(condition(filter.filter, { layout, prefix: undefined }));
  const keys = keysOf(filter.at, false).map((key) => ({ nested: { key: `${key}[]`, filter: inner } }));
  const lone = condition(filter.filter, { layout, prefix: filter.at });
  return any([...keys, lone]);
}

/** Whether it may hold where nothing lies at its paths. */
function holdsForNothing(filter: CheckedFilter): boolean {
  switch (filter.kind) {
    case "and":
    case "or":
      return filter.filters.length === 0 || filter.filters.some(holdsForNothing);
    case "field":
      return !["in", "range", "geoRadius", "geoBox", "geoPolygon", "substring"].includes(
        filter.test.operator,
      );
    default:
      return true;
  }
}
