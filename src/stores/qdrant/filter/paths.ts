/**
 * Franca's paths as Qdrant's keys. Explicit paths are Qdrant's own. Implicit ones walk every array on their way, which Qdrant does
 * only where a key says `[]`: each becomes the keys of all shapes that the data may have, which are bounded on writing (see
 * nested-arrays.ts).
 */
import { FrancaError } from "../../../errors.ts";
import type { Path, PathStep } from "../../../model/path.ts";
import { deepestArrays } from "../nested-arrays.ts";

/** @throws FrancaError unimplemented for keys that Qdrant cannot name */
export function keysOf(at: Path, isDeclared: boolean): string[] {
  return at.syntax === "explicit" ? [explicitKey(at.steps)] : implicitKeys(at.keys, isDeclared);
}

/** A condition looks at the elements of what lies at a key: the last array needs no `[]`, but arrays inside of it do. */
export function implicitKeys(keys: readonly string[], isDeclared: boolean): string[] {
  const arrays = isDeclared ? 1 : deepestArrays;
  const lastArrays = isDeclared ? 0 : deepestArrays;
  return keys.reduce<string[]>((paths, key, i) => {
    const isLast = i === keys.length - 1;
    const own = Array.from(
      { length: (isLast ? lastArrays : arrays) + 1 },
      (_, n) => quoted(key) + "[]".repeat(n),
    );
    return paths.length === 0 ? own : paths.flatMap((path) => own.map((part) => `${path}.${part}`));
  }, []);
}

function explicitKey(steps: readonly PathStep[]): string {
  return steps
    .map((step, i) => {
      if ("key" in step) return `${i === 0 ? "" : "."}${quoted(step.key)}`;
      return "all" in step ? "[]" : `[${step.index}]`;
    })
    .join("");
}

export function quoted(key: string): string {
  if (/^[\p{Alphabetic}\p{N}_-]+$/u.test(key)) return key;
  if (!/["\\]/.test(key)) return `"${key}"`;
  throw new FrancaError(
    "unimplemented",
    `Qdrant's filters cannot name the key ${JSON.stringify(key)}: neither quotes nor backslashes can stand in it`,
  );
}
