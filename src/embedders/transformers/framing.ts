/**
 * Text to token ids with the model's frame ([CLS] … [SEP], <s> … </s>) put round whatever length allows.
 *
 * transformers.js cuts the finished sequence, end token included; the reference cuts the text and keeps the frame.
 * So the text is tokenized bare and the frame, learnt once from a probe, is put round what is kept.
 */

import { FrancaError } from "../../errors.ts";

/** Ids of a text, bare or with the model's special tokens, never truncated. */
export type Encode = (text: string, withFrame: boolean) => number[];

export interface Framed {
  ids: number[];
  /** Length before truncation, frame included. */
  tokens: number;
}

/**
 * @param maxTokens longest sequence the model reads, frame included.
 * @throws FrancaError invalid_argument when the frame alone fills it.
 */
export function createFraming(encode: Encode, maxTokens: number): (text: string) => Framed {
  const { before, after } = findFrame(encode);
  const frameLength = before.length + after.length;
  const room = maxTokens - frameLength;
  if (room < 1) {
    throw new FrancaError(
      "invalid_argument",
      `maxTokens must exceed the ${frameLength} special tokens of this model, got ${maxTokens}`,
    );
  }
  return (text) => {
    const body = encode(text, false);
    const kept = body.length > room ? body.slice(0, room) : body;
    return { ids: [...before, ...kept, ...after], tokens: body.length + frameLength };
  };
}

function findFrame(encode: Encode): { before: number[]; after: number[] } {
  const probe = encode("a", false);
  const framed = encode("a", true);
  const extra = framed.length - probe.length;
  for (let start = 0; start <= extra; start++) {
    if (probe.every((id, i) => framed[start + i] === id)) {
      return { before: framed.slice(0, start), after: framed.slice(start + probe.length) };
    }
  }
  return { before: [], after: [] };
}
