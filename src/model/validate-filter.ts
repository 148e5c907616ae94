/**
 * Filters at the border: raw input in, CheckedFilter out, or invalid_argument that names the place of the mistake
 * ("filter.and[1].range.gte") and says what was expected there and what came.
 */
import { FrancaError } from "../errors.ts";
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedCondition, CheckedFilter, FieldTest } from "./checked-filter.ts";
import { normalizeId } from "./id.ts";
import { isPath, splitPath } from "./path.ts";
import type { PayloadField } from "./schema.ts";
import { checkFieldTest, fieldOperators } from "./validate-operator.ts";

export type PayloadFields = { readonly [path: string]: PayloadField };

/** Filters nested deeper than this are refused, so that no filter can exhaust the stack. */
const deepest = 64;

/** @throws FrancaError invalid_argument */
export function checkFilter(filter: unknown, fields: PayloadFields, where = "filter"): CheckedFilter {
  return check(filter, { fields, prefix: "", depth: 0 }, where);
}

interface Scope {
  fields: PayloadFields;
  /** The path of the `nested` around, with its dot. */
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
    throw badInput(where, "a filter has one of and, or, not, ids, field, nested", Object.keys(object));
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
    case "ids":
      if (scope.prefix !== "") throw badInput(place, "ids are the point's; they cannot stand inside nested");
      return { kind, ids: list(value, place, "ids").map((id, i) => checkId(id, `${place}[${i}]`)) };
    default:
      throw badInput(where, "a filter has one of and, or, not, ids, field, nested", kind);
  }
}

function checkNested(object: Record<string, unknown>, inner: Scope, where: string): CheckedFilter {
  const { nested: path, filter, ...others } = object;
  if (!isPath(path)) throw badInput(`${where}.nested`, "the path of an array of objects", path);
  rejectKeys(others, where, "nested and filter");
  const scope = { ...inner, prefix: `${inner.prefix}${path}.` };
  return { kind: "nested", path, keys: splitPath(path), filter: check(filter, scope, `${where}.filter`) };
}

function checkCondition(object: Record<string, unknown>, scope: Scope, where: string): CheckedCondition {
  const { field: relative, ...operators } = object;
  if (!isPath(relative)) throw badInput(`${where}.field`, 'a path, like "author.name"', relative);
  const names = Object.keys(operators);
  const [operator] = names;
  const unknown = names.find((name) => !fieldOperators.includes(name));
  if (unknown !== undefined) {
    throw badInput(`${where}.${unknown}`, `one of the operators ${fieldOperators.join(", ")}`, unknown);
  }
  if (operator === undefined || names.length > 1) {
    throw badInput(where, "exactly one operator; combine several with and", names);
  }
  const path = scope.prefix + relative;
  const declared = Object.hasOwn(scope.fields, path) ? scope.fields[path] : undefined;
  const test: FieldTest = checkFieldTest(
    operator,
    operators[operator],
    { path, declared },
    `${where}.${operator}`,
  );
  return { kind: "field", path, keys: splitPath(relative), declared, test };
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
