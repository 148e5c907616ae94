/** Qdrant's formulas as the model's. What is wrong with one is said in Qdrant's words. */
import type { Expression } from "../../../model/formula.ts";
import { readPath } from "../../../model/path.ts";
import type { GeoPoint, JsonValue } from "../../../model/payload.ts";
import { formatError, wrongInput } from "../errors.ts";
import { isCondition } from "../filter/condition.ts";
import { isFilter, readFilter } from "../filter/filter.ts";
import {
  isList,
  list,
  number,
  object,
  objectAt,
  optional,
  type Reader,
  string,
  within,
} from "../requests/shape.ts";

type Defaults = { readonly [variable: string]: unknown };
type Json = { [name: string]: unknown };

/** As deep as the model takes them. */
const deepest = 128;

/** @throws FrancaError invalid_argument */
export function readFormula(given: unknown, defaults: Defaults, path: string): Expression {
  return new FormulaReader(defaults).read(given, path, 0);
}

class FormulaReader {
  readonly #scores = new Map<number, JsonValue>();
  readonly #values = new Map<string, JsonValue>();

  constructor(defaults: Defaults) {
    for (const [name, value] of Object.entries(defaults)) {
      const variable = variableOf(name);
      if ("score" in variable) this.#scores.set(variable.score, value as JsonValue);
      else this.#values.set(keyOf(variable.value), value as JsonValue);
    }
  }

  read(given: unknown, path: string, depth: number): Expression {
    if (depth > deepest) throw wrongInput(`expressions at most ${deepest} deep`);
    if (typeof given === "number") return number()(given, path);
    if (typeof given === "bigint") return Number(given);
    if (typeof given === "string") return this.#variable(given);
    const expression = objectAt(given, path);
    if (isCondition(expression) || isFilter(expression))
      return { condition: readFilter({ must: [expression] }, path) };
    const member = Object.keys(expression).find((name) => Object.hasOwn(kinds, name));
    if (member === undefined)
      throw formatError(`data did not match any variant of untagged enum Expression in \`${path}\``);
    const below: Below = (part, place) => this.read(part, place, depth + 1);
    return kinds[member]!(expression[member], within(path, member), below, this);
  }

  #variable(name: string): Expression {
    const variable = variableOf(name);
    if ("value" in variable) return { value: variable.value, ...this.valueDefault(variable.value) };
    const found = this.#scores.get(variable.score);
    return { score: variable.score, ...(found !== undefined && { default: found }) };
  }

  /** An empty list is as good as none, and a list of one as what it holds. */
  valueDefault(path: string): { default?: JsonValue } {
    const found = this.#values.get(keyOf(path));
    return found === undefined || (isList(found) && found.length === 0) ? {} : { default: found };
  }
}

type Below = (given: unknown, path: string) => Expression;
type KindReader = (operand: unknown, path: string, below: Below, reader: FormulaReader) => Expression;

const geoDistance = object({ origin: object({ lat: number(-90, 90), lon: number(-180, 180) }), to: string });

const kinds: { readonly [member: string]: KindReader } = {
  geo_distance: (operand, path, _, reader) => {
    const { origin, to } = geoDistance(operand, path);
    return { distance: { from: origin as GeoPoint, to: jsonPath(to) }, ...reader.valueDefault(to) };
  },
  datetime: (operand, path) => {
    const text = string(operand, path);
    return { datetime: text };
  },
  datetime_key: (operand, path, _, reader) => {
    const key = string(operand, path);
    return { datetimeValue: jsonPath(key), ...reader.valueDefault(key) };
  },
  mult: (operand, path, below) => ({ product: list(below as Reader<Expression>)(operand, path) }),
  sum: (operand, path, below) => ({ sum: list(below as Reader<Expression>)(operand, path) }),
  neg: (operand, path, below) => ({ negated: below(operand, path) }),
  abs: (operand, path, below) => ({ absolute: below(operand, path) }),
  sqrt: (operand, path, below) => ({ root: below(operand, path) }),
  exp: (operand, path, below) => ({ exp: below(operand, path) }),
  log10: (operand, path, below) => ({ log10: below(operand, path) }),
  ln: (operand, path, below) => ({ ln: below(operand, path) }),
  div: (operand, path, below) => {
    const { left, right, by_zero_default } = needing(["left", "right"], operand, path);
    const byZero = optional(number())(by_zero_default, within(path, "by_zero_default"));
    return {
      quotient: {
        of: below(left, within(path, "left")),
        by: below(right, within(path, "right")),
        ...(byZero !== undefined && { byZero }),
      },
    };
  },
  pow: (operand, path, below) => {
    const { base, exponent } = needing(["base", "exponent"], operand, path);
    return {
      power: { base: below(base, within(path, "base")), exponent: below(exponent, within(path, "exponent")) },
    };
  },
  lin_decay: decay("linear"),
  exp_decay: decay("exponential"),
  gauss_decay: decay("gaussian"),
};

function decay(kind: "linear" | "exponential" | "gaussian"): KindReader {
  return (operand, path, below) => {
    const given = needing(["x"], operand, path);
    const midpoint = optional(number())(given.midpoint, within(path, "midpoint")) ?? 0.5;
    const scale = optional(number())(given.scale, within(path, "scale")) ?? 1;
    if (kind === "linear" && (midpoint < 0 || midpoint > 1))
      throw wrongInput(`Linear decay midpoint should be in the range [0.0, 1.0], got ${midpoint}.`);
    if (kind !== "linear" && (midpoint <= 0 || midpoint >= 1))
      throw wrongInput(`Decay midpoint should be in the range (0.0, 1.0), got ${midpoint}.`);
    if (scale <= 0) throw wrongInput(`Decay scale should be non-zero positive, got ${scale}.`);
    const { target } = given;
    return {
      decay: {
        kind,
        of: below(given.x, within(path, "x")),
        ...(target !== undefined && target !== null && { target: below(target, within(path, "target")) }),
        midpoint,
        scale,
      },
    };
  };
}

function needing(names: readonly string[], given: unknown, path: string): Json {
  const found = objectAt(given, path);
  for (const name of names)
    if (found[name] === undefined) throw formatError(`missing field \`${within(path, name)}\``);
  return found;
}

function variableOf(name: string): { score: number } | { value: string } {
  if (!name.startsWith("$")) return { value: jsonPath(name, name) };
  const score = /^\$(?:score|"score")(?:\[(\d+)\])?$/.exec(name);
  if (score !== null) return { score: Number(score[1] ?? 0) };
  const kind = /^\$score\b/.test(name) ? "variable" : "word";
  throw wrongInput(`failed to parse variable ID ${name}: Invalid reserved ${kind}: ${name}`);
}

function jsonPath(path: string, variable?: string): string {
  if (readPath(path, "explicit") !== undefined) return path;
  if (variable === undefined) throw formatError(`Invalid json path: '${path.slice(0, 200)}'`);
  throw wrongInput(`failed to parse variable ID ${variable}: Invalid payload variable: ${variable}`);
}

/** The same path may be written in several ways. */
function keyOf(path: string): string {
  return JSON.stringify(readPath(path, "explicit"));
}
