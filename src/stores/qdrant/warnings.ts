/** What a reader is told of a filter: fields that no index is of. */
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { Warning } from "../../model/result.ts";

export function filterWarnings(filter: CheckedFilter | undefined): Warning[] {
  if (filter === undefined) return [];
  return [...new Set(undeclaredIn(filter))].map((field) => ({
    code: "undeclared_field",
    message: `the field ${JSON.stringify(field)} is not declared, so that Qdrant reads payloads to decide it; declare it with alter()`,
    details: { field },
  }));
}

function undeclaredIn(filter: CheckedFilter): string[] {
  switch (filter.kind) {
    case "and":
    case "or":
    case "minShould":
      return filter.filters.flatMap(undeclaredIn);
    case "not":
    case "nested":
      return undeclaredIn(filter.filter);
    case "field":
      return filter.declared === undefined ? [filter.path] : [];
    default:
      return [];
  }
}
