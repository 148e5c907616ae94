/**
 * Qdrant's JSON paths: `a.b`, `a[0].b`, `a[].b`, keys of other characters in double quotes. Nothing is descended that the path
 * does not say.
 */
import { formatError } from "../errors.ts";

/** A key; the elements of an array: one, or all. */
export type PathStep = { readonly key: string } | { readonly index: number } | { readonly all: true };

const step = /(?:^|\.)(?:([\p{Alphabetic}\p{N}_-]+)|"([^"]*)")|\[(\d*)\]/uy;

/** @throws FrancaError invalid_argument */
export function parseJsonPath(text: string): PathStep[] {
  const steps: PathStep[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null || (steps.length === 0 && found[3] !== undefined))
      throw formatError(`Invalid json path: '${text.slice(0, 200)}'`);
    const [, raw, quoted, index] = found;
    const key = raw ?? quoted;
    if (key !== undefined) steps.push({ key });
    else steps.push(index === "" ? { all: true } : { index: Number(index) });
  }
  if (steps.length === 0) throw formatError("Invalid json path: ''");
  return steps;
}

export function sameStep(a: PathStep, b: PathStep): boolean {
  if ("key" in a) return "key" in b && a.key === b.key;
  if ("index" in a) return "index" in b && a.index === b.index;
  return "all" in b;
}
