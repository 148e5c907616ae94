/** A fusion at the border: several rankings, each with a name of its own. */
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedFusion, CheckedFusionLeg } from "./checked-query.ts";
import { defaultRrfK } from "./fusion.ts";
import { flag, nonNegative, oneOf } from "./read-value.ts";
import { type AtStage, checkSubQuery, expectFew } from "./validate-stage.ts";

const usualNames: { readonly [kind: string]: string } = { nearest: "vector", text: "keyword" };

/** @throws FrancaError invalid_argument */
export function checkFusion(input: unknown, where: string, at: AtStage): CheckedFusion {
  const { legs, method, k, weigh, asTold, ...others } = plainObject(input, where, "{legs, k}");
  rejectKeys(others, where, "legs, method, k, weigh and asTold");
  const raw = list(legs, `${where}.legs`, "rankings");
  expectFew(raw.length, `${where}.legs`, "legs");
  const checked = raw.map((leg, i) => checkLeg(leg, `${where}.legs[${i}]`, at));
  const names = checked.map((leg) => leg.name);
  if (new Set(names).size < names.length)
    throw badInput(`${where}.legs`, "distinct names; give the legs a `name` each", names);
  const isRrf = oneOf(method ?? "rrf", ["rrf", "dbsf"], `${where}.method`, "method") === "rrf";
  for (const [member, value, isItsOwn] of [
    ["k", k, isRrf],
    ["weigh", weigh, isRrf],
    ["asTold", asTold, !isRrf],
  ] as const)
    if (value !== undefined && !isItsOwn)
      throw badInput(`${where}.${member}`, `${member} with ${isRrf ? "dbsf" : "rrf"} only`);
  return {
    kind: "fusion",
    method: isRrf ? "rrf" : "dbsf",
    k: nonNegative(k ?? defaultRrfK, `${where}.k`),
    weigh: oneOf(weigh ?? "scores", ["scores", "ranks"], `${where}.weigh`, "thing to weigh"),
    asTold: flag(asTold ?? false, `${where}.asTold`),
    legs: checked,
  };
}

function checkLeg(input: unknown, where: string, at: AtStage): CheckedFusionLeg {
  const { name, weight, ...own } = plainObject(input, where, 'a ranking, like {text: "words", weight: 0.3}');
  const stage = checkSubQuery(own, where, at);
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw badInput(`${where}.name`, "a name", name);
  }
  const { kind } = stage.ranking;
  return {
    ...stage,
    name: name ?? usualNames[kind] ?? kind,
    weight: nonNegative(weight ?? 1, `${where}.weight`),
  };
}
