/**
 * Filters at the border: raw input in, CheckedFilter out, or invalid_argument that names the place of the mistake
 * ("filter.and[1].range.gte") and says what was expected there and what came.
 */
import { FrancaError } from "../errors.ts";
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedCondition, CheckedFilter, FieldTest } from "./checked-filter.ts";
import { normalizeId } from "./id.ts";
import { type Path, type PathSyntax, pathExamples, pathWithin, readPath } from "./path.ts";
import type { PayloadField } from "./schema.ts";
import { suits } from "./suits.ts";
import { checkFieldTest, fieldOperators } from "./validate-operator.ts";

export type PayloadFields = { readonly [path: string]: PayloadField };

/** Filters nested deeper than this are refused, so that no filter can exhaust the stack. */
const deepest = 64;

/** @throws FrancaError invalid_argument */
export function checkFilter(filter: unknown, collection: Filtered, where = "filter"): CheckedFilter {
  const { payloadFields: fields, paths = "implicit" } = collection;
  return check(filter, { fields, paths, prefix: "", depth: 0 }, where);
}

/** What a filter is checked against. */
export interface Filtered {
  readonly payloadFields: PayloadFields;
  /** Default "implicit". */
  readonly paths?: PathSyntax | undefined;
}

interface Scope {
  fields: PayloadFields;
  paths: PathSyntax;
  /** The path of the `nested` around; "" outside. */
  prefix: string;
  depth: number;
}

function check(filter: unknown, scope: Scope, where: string): CheckedFilter {
  if (scope.depth > deepest) throw badInput(where, `filters nest at most ${deepest} deep`);
  const object = plainObject(filter, where, 'a filter, like {field: "year", range: {gte: 2020}}');
  const inner = { ...scope, depth: scope.depth + 1 };
  if ("nested" in object) return checkNested(object, inner, where);
  if ("field" in object) return checkCondition(object, scope, where);
  const [kind, ...others] = Object.keys(object);
  if (kind === undefined || others.length > 0) {
    throw badInput(where, filterKinds, Object.keys(object));
  }
  const value = object[kind];
  const place = `${where}.${kind}`;
  switch (kind) {
    case "and":
    case "or":
      return {
        kind,
        filters: list(value, place, "filters").map((f, i) => check(f, inner, `${place}[${i}]`)),
      };
    case "not":
      return { kind, filter: check(value, inner, place) };
    case "minShould":
      return checkMinShould(value, inner, place);
    case "hasVector":
      if (scope.prefix !== "")
        throw badInput(place, "vectors are the point's; hasVector cannot stand inside nested");
      if (typeof value !== "string")
        throw badInput(place, "the name of a vector field", value ?? String(value));
      return { kind, name: value };
    case "ids":
      if (scope.prefix !== "") throw badInput(place, "ids are the point's; they cannot stand inside nested");
      return { kind, ids: list(value, place, "ids").map((id, i) => checkId(id, `${place}[${i}]`)) };
    default:
      throw badInput(where, filterKinds, kind);
  }
}

const filterKinds = "a filter with one of and, or, not, minShould, ids, hasVector, field, nested";

function checkMinShould(value: unknown, inner: Scope, where: string): CheckedFilter {
  const { filters, count, ...others } = plainObject(value, where, "{filters, count}");
  rejectKeys(others, where, "filters and count");
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0)
    throw badInput(`${where}.count`, "how many have to hold, a whole number", count ?? String(count));
  const checked = list(filters, `${where}.filters`, "filters").map((f, i) =>
    check(f, inner, `${where}.filters[${i}]`),
  );
  return { kind: "minShould", filters: checked, count };
}

function pathAt(path: unknown, { paths }: Scope, where: string): Path {
  const at = readPath(path, paths);
  if (at === undefined) throw badInput(where, pathExamples[paths], path ?? String(path));
  return at;
}

function checkNested(object: Record<string, unknown>, inner: Scope, where: string): CheckedFilter {
  const { nested: path, filter, ...others } = object;
  const at = pathAt(path, inner, `${where}.nested`);
  rejectKeys(others, where, "nested and filter");
  const scope = { ...inner, prefix: pathWithin(inner.prefix, path as string, inner.paths) };
  return { kind: "nested", path: path as string, at, filter: check(filter, scope, `${where}.filter`) };
}

function checkCondition(object: Record<string, unknown>, scope: Scope, where: string): CheckedCondition {
  const { field: relative, ...operators } = object;
  const at = pathAt(relative, scope, `${where}.field`);
  const names = Object.keys(operators);
  const [operator] = names;
  const unknown = names.find((name) => !fieldOperators.includes(name));
  if (unknown !== undefined) {
    throw badInput(`${where}.${unknown}`, `one of the operators ${fieldOperators.join(", ")}`, unknown);
  }
  if (operator === undefined || names.length > 1) {
    throw badInput(where, "exactly one operator; combine several with and", names);
  }
  const path = pathWithin(scope.prefix, relative as string, scope.paths);
  const field = Object.hasOwn(scope.fields, path) ? scope.fields[path] : undefined;
  const value = operators[operator];
  // A lenient field's index says nothing of what does not suit it.
  const declared = field?.lenient === true && !suits(operator, value, field.type) ? undefined : field;
  const target = { path, declared, loose: field?.lenient ?? scope.paths === "explicit" };
  const test: FieldTest = checkFieldTest(operator, value, target, `${where}.${operator}`);
  return { kind: "field", path, at, declared, test };
}

function checkId(id: unknown, where: string): ReturnType<typeof normalizeId> {
  try {
    return normalizeId(id);
  } catch (error) {
    throw new FrancaError("invalid_argument", `${where}: ${(error as Error).message}`, {
      details: { where },
      cause: error,
    });
  }
}
