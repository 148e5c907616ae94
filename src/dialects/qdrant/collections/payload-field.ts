/** From the parameters of a payload index to a declared field of the model. */
import type { PayloadField } from "../../../model/schema.ts";
import { notServed } from "../errors.ts";
import type { JsonObject } from "../requests/shape.ts";

/** @throws FrancaError unimplemented for ways to cut text that the model lacks: other words would match in silence */
export function payloadFieldOf({ type, ...params }: JsonObject): PayloadField {
  if (type !== "text") return { type: type as Exclude<PayloadField["type"], "text">, lenient: true };
  for (const [name, isAsUsual] of Object.entries(analysis)) {
    const value = params[name];
    if (value !== undefined && value !== null && !isAsUsual(value))
      throw notServed(`text indexes with \`${name}\` ${JSON.stringify(value)}`);
  }
  return { type: "text", lenient: true, language: "none" };
}

/** Parameters that decide which words a text has, and whether a value of theirs is what the model does. */
const analysis: { readonly [name: string]: (value: unknown) => boolean } = {
  tokenizer: (value) => value === "word" || value === "multilingual",
  min_token_len: (value) => (value as number) <= 1,
  max_token_len: () => false,
  lowercase: (value) => value === true,
  ascii_folding: (value) => value === false,
  stopwords: (value) => isNone(value),
  stemmer: () => false,
};

function isNone(stopwords: unknown): boolean {
  if (typeof stopwords === "string") return false;
  const { languages, custom } = stopwords as { languages?: unknown[]; custom?: unknown[] };
  return (languages?.length ?? 0) + (custom?.length ?? 0) === 0;
}
