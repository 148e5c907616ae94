/** Candidates that prefetched rankings brought, by a formula over their scores there and their payloads. */
import { FrancaError } from "../../errors.ts";
import { parseLooseDatetime } from "../../model/datetime.ts";
import { distanceMeters, geoPointOf } from "../../model/geo.ts";
import type { PointId } from "../../model/id.ts";
import { valuesAt } from "../../model/path.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { CheckedExpression, UnaryKind } from "../../model/validate-formula.ts";
import { countBits, setBits } from "../bitset.ts";
import type { CollectionView, Slot } from "../view.ts";
import { firstOf } from "./first-of.ts";
import { createPauser } from "./pause.ts";
import { compilePredicate } from "./predicate.ts";
import { type Candidate, largestFirst, type Ranked, type Scope } from "./ranked.ts";

/** Payloads read at once. */
const batchSize = 256;

/** @throws FrancaError failed_precondition, cancelled, deadline_exceeded */
export async function rankByFormula(
  view: CollectionView,
  expression: CheckedExpression,
  k: number,
  { allow, signal }: Scope,
  brought: readonly Ranked[],
): Promise<Ranked> {
  const startMs = performance.now();
  const pause = createPauser("the query", signal);
  const scores = brought.map(({ candidates }) => new Map(candidates.map(({ slot, score }) => [slot, score])));
  const evaluate = compile(expression, view, scores);
  const slots = [...setBits(allow)];
  const all: Candidate[] = [];
  for (let at = 0; at < slots.length; at += batchSize) {
    await pause();
    const batch = slots.slice(at, at + batchSize);
    const payloads = await view.payloads(batch, signal);
    for (const [i, slot] of batch.entries()) {
      const id = view.idOf(slot);
      const exact = evaluate({ slot, id, payload: payloads[i]! });
      const score = Math.fround(exact);
      if (!Number.isFinite(score)) throw notFinite(`${exact} as f32 = ${score}`);
      all.push({ slot, id, score });
    }
  }
  const candidates = await firstOf(all, k, largestFirst, pause);
  return {
    candidates,
    matched: countBits(allow),
    matchedSlots: () => allow,
    largerIsBetter: true,
    warnings: [],
    explain: {
      step: "formula",
      choice: `of ${brought.length} rankings' scores and ${slots.length} payloads`,
      actual: candidates.length,
      startMs,
      timeMs: performance.now() - startMs,
    },
  };
}

interface One {
  slot: Slot;
  id: PointId;
  payload: Payload;
}

type Evaluate = (one: One) => number;
type Scores = readonly ReadonlyMap<Slot, number>[];

function compile(expression: CheckedExpression, view: CollectionView, scores: Scores): Evaluate {
  const below = (part: CheckedExpression): Evaluate => compile(part, view, scores);
  switch (expression.kind) {
    case "number": {
      const { value } = expression;
      return () => value;
    }
    case "score": {
      const { of, fallback } = expression;
      const otherwise = typeof fallback === "number" ? fallback : 0;
      return ({ slot }) => scores[of]?.get(slot) ?? otherwise;
    }
    case "condition": {
      const holds = compilePredicate(expression.filter, view);
      return ({ payload, id }) => (holds(payload, id) ? 1 : 0);
    }
    case "value":
      return ({ payload }) => {
        const value = oneValue(expression, payload, "number");
        if (typeof value === "number") return value;
        throw unsuited(expression.path, "number", "Value is not a number");
      };
    case "distance":
      return ({ payload }) => {
        const point = geoPointOf(oneValue(expression, payload, "geo point"));
        if (point !== undefined) return distanceMeters(expression.from, point);
        throw unsuited(expression.path, "geo point", "Value is not a geo point");
      };
    case "datetime":
      return ({ payload }) => {
        const value = oneValue(expression, payload, "datetime");
        const micros = typeof value === "string" ? parseLooseDatetime(value) : undefined;
        if (micros !== undefined) return micros / 1e6;
        throw unsuited(expression.path, "datetime", "Value is not a datetime");
      };
    case "sum": {
      const parts = expression.parts.map(below);
      return (one) => parts.reduce((sum, part) => sum + part(one), 0);
    }
    case "product": {
      const parts = expression.parts.map(below);
      return (one) => {
        let product = 1;
        for (const part of parts) {
          const factor = part(one);
          if (factor === 0) return 0;
          product *= factor;
        }
        return product;
      };
    }
    case "quotient": {
      const [of, by] = [below(expression.of), below(expression.by)];
      return (one) => {
        const dividend = of(one);
        if (dividend === 0) return 0;
        const divisor = by(one);
        if (divisor === 0 && expression.byZero !== undefined) return expression.byZero;
        return finiteOr(dividend / divisor, (result) => `${dividend}/${divisor} = ${result}`);
      };
    }
    case "power": {
      const [base, exponent] = [below(expression.base), below(expression.exponent)];
      return (one) => {
        const [b, e] = [base(one), exponent(one)];
        return finiteOr(b ** e, (result) => `${b}^${e} = ${result}`);
      };
    }
    case "linear":
    case "exponential":
    case "gaussian": {
      const { kind, rate } = expression;
      const [of, target] = [below(expression.of), below(expression.target)];
      return (one) => {
        const away = Math.abs(of(one) - target(one));
        if (kind === "linear") return Math.max(0, 1 - rate * away);
        return Math.exp(rate * (kind === "gaussian" ? away * away : away));
      };
    }
    default: {
      const of = below(expression.of);
      const [apply, told] = unary[expression.kind];
      return (one) => {
        const operand = of(one);
        return finiteOr(apply(operand), (result) => `${told(operand)} = ${result}`);
      };
    }
  }
}

const unary: {
  readonly [kind in UnaryKind]: readonly [apply: (x: number) => number, told: (x: number) => string];
} = {
  negated: [(x) => -x, (x) => `-(${x})`],
  absolute: [Math.abs, (x) => `|${x}|`],
  root: [Math.sqrt, (x) => `√${x}`],
  exp: [Math.exp, (x) => `exp(${x})`],
  log10: [Math.log10, (x) => `log10(${x})`],
  ln: [Math.log, (x) => `ln(${x})`],
};

type OfPath = Extract<CheckedExpression, { kind: "value" | "distance" | "datetime" }>;

/** The one value of the path, or the default. */
function oneValue({ at, path, fallback }: OfPath, payload: Payload, expected: string): JsonValue {
  const values = valuesAt(payload, at);
  const given = values.length > 1 ? values : (values[0] ?? (values.length === 1 ? null : fallback));
  if (given === undefined) throw unsuited(path, expected, "No value found in a payload nor defaults");
  return Array.isArray(given) && given.length === 1 ? given[0]! : given;
}

function finiteOr(result: number, told: (result: number) => string): number {
  if (Number.isFinite(result)) return result;
  throw notFinite(told(result));
}

function notFinite(expression: string): FrancaError {
  return new FrancaError("failed_precondition", `The expression ${expression} produced a non-finite number`);
}

function unsuited(path: string, expected: string, why: string): FrancaError {
  return new FrancaError(
    "failed_precondition",
    `Expected ${expected} value for ${path} in the payload and/or in the formula defaults. Error: ${why}`,
    { details: { path, expected } },
  );
}
