/** Qdrant's JSON paths are the model's explicit paths; what is none is refused in Qdrant's words. */
import { type PathStep, readPath } from "../../../model/path.ts";
import { formatError } from "../errors.ts";

/** @throws FrancaError invalid_argument */
export function parseJsonPath(text: string): readonly PathStep[] {
  const path = readPath(text, "explicit");
  if (path?.syntax !== "explicit") throw formatError(`Invalid json path: '${text.slice(0, 200)}'`);
  return path.steps;
}

export function sameStep(a: PathStep, b: PathStep): boolean {
  if ("key" in a) return "key" in b && a.key === b.key;
  if ("index" in a) return "index" in b && a.index === b.index;
  return "all" in b;
}
