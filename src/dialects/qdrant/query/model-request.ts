/**
 * A request of the model, from what a Qdrant query was translated to. Rankings that the model is still to grow are refused here,
 * by name and as what they are: nothing is wrong with the request.
 */
import type { QueryRequest } from "../../../model/query.ts";
import { notServed } from "../errors.ts";

/** A ranking with what is below it: a request of the model, or a part of one. */
export type Ranked = { readonly [member: string]: unknown };

const toCome: { readonly [member: string]: string } = {
  formula: "formula",
};

/** @throws FrancaError unimplemented */
export function modelRequest(ranked: Ranked): QueryRequest {
  expectThere(ranked);
  return ranked as unknown as QueryRequest;
}

function expectThere(ranked: Ranked): void {
  for (const [member, name] of Object.entries(toCome))
    if (ranked[member] !== undefined) throw notServed(`queries by \`${name}\``);
  const { prefetch = [], fusion } = ranked as { prefetch?: Ranked[]; fusion?: { legs: Ranked[] } };
  for (const below of [...prefetch, ...(fusion?.legs ?? [])]) expectThere(below);
}
