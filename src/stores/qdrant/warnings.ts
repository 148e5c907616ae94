/** What a reader is told of a filter: fields that no index is of. */
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { Warning } from "../../model/result.ts";
import { analyzerOf } from "../../text/analyzer.ts";

export function filterWarnings(filter: CheckedFilter | undefined): Warning[] {
  if (filter === undefined) return [];
  const undeclared = [...new Set(undeclaredIn(filter))].map((field) => ({
    code: "undeclared_field" as const,
    message: `the field ${JSON.stringify(field)} is not declared, so that Qdrant reads payloads to decide it; declare it with alter()`,
    details: { field },
  }));
  return [...undeclared, ...withoutWords(filter)];
}

function withoutWords(filter: CheckedFilter): Warning[] {
  switch (filter.kind) {
    case "and":
    case "or":
    case "minShould":
      return filter.filters.flatMap(withoutWords);
    case "not":
    case "nested":
      return withoutWords(filter.filter);
    case "field": {
      const { test, declared, path } = filter;
      if (test.operator !== "match" || declared?.type !== "text") return [];
      if (analyzerOf(declared).asked(test.query).length > 0) return [];
      const message = `there is no word to search for in ${JSON.stringify(path)}, so that nothing matches`;
      return [{ code: "no_searchable_words", message, details: { field: path } }];
    }
    default:
      return [];
  }
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
