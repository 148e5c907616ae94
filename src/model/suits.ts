/**
 * Whether the index of a lenient field decides a condition. What does not suit it is decided by payloads, as if the field
 * were not declared.
 */
import type { PayloadFieldType } from "./schema.ts";
import { parseUuid } from "./uuid.ts";

export function suits(operator: string, value: unknown, type: PayloadFieldType): boolean {
  switch (operator) {
    case "exists":
    case "isNull":
    case "isEmpty":
      return true;
    case "eq":
      return isOfType(value, type);
    case "in":
      // None of no values is of a wrong type, and yet some types know no equality.
      return isComparedByValue(type) && Array.isArray(value) && value.every((one) => isOfType(one, type));
    case "range":
      return suitsRange(value, type);
    case "geoRadius":
    case "geoBox":
    case "geoPolygon":
      return type === "geo";
    case "match":
      return type === "text" || (type === "keyword" && isPrefix(value));
    default:
      return false;
  }
}

function isOfType(value: unknown, type: PayloadFieldType): boolean {
  switch (type) {
    case "keyword":
    case "text":
      return typeof value === "string";
    case "integer":
    case "float":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "uuid":
      return typeof value === "string" && parseUuid(value) !== undefined;
    default:
      return false;
  }
}

/** Instants in the index are not the strings that are compared. */
function isComparedByValue(type: PayloadFieldType): boolean {
  return type !== "geo" && type !== "datetime";
}

function suitsRange(range: unknown, type: PayloadFieldType): boolean {
  if (typeof range !== "object" || range === null) return true;
  const bounds = Object.values(range).filter((bound) => bound !== undefined);
  if (type === "datetime") return bounds.every((bound) => typeof bound !== "number");
  return (type === "integer" || type === "float") && bounds.every((bound) => typeof bound === "number");
}

function isPrefix(match: unknown): boolean {
  return typeof match === "object" && match !== null && "mode" in match && match.mode === "prefix";
}
