/**
 * Formulas as Qdrant's. Its constants are float32: a number that would lose by that, such as an instant in seconds, goes as an
 * instant, which is none.
 */
import { formatDatetime } from "../../model/datetime.ts";
import type { Path } from "../../model/path.ts";
import type { JsonValue } from "../../model/payload.ts";
import type { CheckedExpression } from "../../model/validate-formula.ts";
import { wireCondition } from "./filter/filter.ts";
import { keysOf } from "./filter/paths.ts";
import type { Layout } from "./layout.ts";
import { unimplemented } from "./unimplemented.ts";

/** @throws FrancaError unimplemented */
export function wireFormula(
  expression: CheckedExpression,
  layout: Layout,
): { formula: unknown; defaults?: { [variable: string]: JsonValue } } {
  const writer = new FormulaWriter(layout);
  const formula = writer.written(expression);
  return { formula, ...(Object.keys(writer.defaults).length > 0 && { defaults: writer.defaults }) };
}

class FormulaWriter {
  readonly defaults: { [variable: string]: JsonValue } = {};
  /** Variables, and whether they have a default. */
  readonly #seen = new Map<string, string>();
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  written(expression: CheckedExpression): unknown {
    const below = (one: CheckedExpression): unknown => this.written(one);
    switch (expression.kind) {
      case "number":
        return constant(expression.value);
      case "score":
        return this.#variable(`$score[${expression.of}]`, expression.fallback);
      case "condition":
        return wireCondition(expression.filter, this.#layout);
      case "value":
        return this.#variable(this.#key(expression), expression.fallback);
      case "distance": {
        const { lat, lon } = expression.from;
        const to = this.#variable(this.#key(expression), expression.fallback);
        return { geo_distance: { origin: { lat, lon }, to } };
      }
      case "datetime":
        return { datetime_key: this.#variable(this.#key(expression), expression.fallback) };
      case "sum":
        return { sum: expression.parts.map(below) };
      case "product":
        return { mult: expression.parts.map(below) };
      case "quotient": {
        const { of, by, byZero } = expression;
        const parts = { left: below(of), right: below(by) };
        return { div: { ...parts, ...(byZero !== undefined && { by_zero_default: byZero }) } };
      }
      case "power":
        return { pow: { base: below(expression.base), exponent: below(expression.exponent) } };
      case "linear":
      case "exponential":
      case "gaussian": {
        const { of, target, kind, rate } = expression;
        return { [decays[kind]]: { x: below(of), target: below(target), ...shapeOf(kind, rate) } };
      }
      default:
        return { [unary[expression.kind]]: below(expression.of) };
    }
  }

  /** Defaults are a variable's there, not an occurrence's. */
  #variable(name: string, fallback: JsonValue | undefined): string {
    const told = JSON.stringify(fallback) ?? "";
    const before = this.#seen.get(name) ?? told;
    if (before !== told)
      throw unimplemented(`a formula with two defaults for ${name}`, "it has one for each variable");
    this.#seen.set(name, told);
    if (fallback !== undefined) this.defaults[name] = fallback;
    return name;
  }

  /** One key, behind which there is no array that Franca would walk and Qdrant would not. */
  #key({ path, at }: { path: string; at: Path }): string {
    const isDeclared = Object.hasOwn(this.#layout.fields.payloadFields, path);
    const keys = keysOf(at, isDeclared);
    if (keys.length > 1)
      throw unimplemented(
        `a formula's value at ${JSON.stringify(path)}`,
        'there may be arrays on the way; declare the field, or make the collection with paths: "explicit"',
      );
    if (keys[0]!.startsWith("$"))
      throw unimplemented(`a formula's value at ${path}`, "it reads $ as a variable of its own");
    return keys[0]!;
  }
}

const unary = {
  negated: "neg",
  absolute: "abs",
  root: "sqrt",
  exp: "exp",
  log10: "log10",
  ln: "ln",
} as const;
const decays = { linear: "lin_decay", exponential: "exp_decay", gaussian: "gauss_decay" } as const;

function constant(value: number): unknown {
  const isExact = Math.fround(value) === value || Math.abs(value) < 1e5 || Math.abs(value) > 1e11;
  return isExact ? value : { datetime: formatDatetime(Math.round(value * 1e6)) };
}

/** Any scale and midpoint that fall at the rate. */
function shapeOf(kind: keyof typeof decays, rate: number): { midpoint: number; scale: number } {
  if (kind === "linear") return rate === 0 ? { midpoint: 1, scale: 1 } : { midpoint: 0.5, scale: 0.5 / rate };
  const half = Math.log(0.5) / rate;
  return { midpoint: 0.5, scale: kind === "gaussian" ? Math.sqrt(half) : half };
}
