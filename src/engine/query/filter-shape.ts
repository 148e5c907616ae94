/**
 * What filters that ask the same question of other values have in common: fields, operators and how they are combined.
 */
import type { CheckedFilter } from "../../model/checked-filter.ts";

/** Longer shapes than this are told apart by their beginning only. */
const longest = 200;

export function filterShape(filter: CheckedFilter): string {
  return shapeOf(filter).slice(0, longest);
}

function shapeOf(filter: CheckedFilter): string {
  switch (filter.kind) {
    case "and":
    case "or":
      return `${filter.kind}(${filter.filters.map(shapeOf).sort().join(",")})`;
    case "minShould":
      return `minShould${filter.count}(${filter.filters.map(shapeOf).sort().join(",")})`;
    case "hasVector":
      return `hasVector(${JSON.stringify(filter.name)})`;
    case "not":
      return `not(${shapeOf(filter.filter)})`;
    case "nested":
      return `nested(${JSON.stringify(filter.path)},${shapeOf(filter.filter)})`;
    case "ids":
      return "ids";
    case "field":
      return `${JSON.stringify(filter.path)} ${filter.test.operator}`;
  }
}
