/**
 * Arrays inside of arrays. Qdrant's conditions look at the elements of an array, not at those of its elements; a collection with
 * implicit paths promises that they do. So a declared field may not hold any there, and others no more than a filter asks for.
 */
import { FrancaError } from "../../errors.ts";
import type { JsonValue, Payload } from "../../model/payload.ts";
import type { DeclaredTree } from "../../model/validate-payload.ts";

/** Arrays directly within each other that filters over undeclared fields reach. */
export const deepestArrays = 2;

/** @throws FrancaError unimplemented, naming the field */
export function expectReachable(payload: Payload, declared: DeclaredTree, where: string): void {
  for (const [key, value] of Object.entries(payload))
    look(value, declared.keys.get(key), { path: key, where, depth: 0 });
}

interface Place {
  path: string;
  where: string;
  /** Arrays directly around. */
  depth: number;
}

function look(value: JsonValue, declared: DeclaredTree | undefined, place: Place): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    const depth = place.depth + 1;
    if (depth > (declared === undefined ? deepestArrays : 1)) throw tooDeep(place, declared !== undefined);
    for (const one of value) look(one, declared, { ...place, depth });
    return;
  }
  for (const [key, child] of Object.entries(value))
    look(child, declared?.keys.get(key), { ...place, path: `${place.path}.${key}`, depth: 0 });
}

function tooDeep({ path, where }: Place, isDeclared: boolean): FrancaError {
  const most = isDeclared
    ? "holds an array inside of an array, and is declared"
    : `holds arrays nested more than ${deepestArrays} deep`;
  return new FrancaError(
    "unimplemented",
    `${where}: payload field ${JSON.stringify(path)} ${most}: Qdrant's filters would not find what is in it; flatten it, or make the collection with paths: "explicit"`,
    { details: { field: path } },
  );
}
