/** with_payload and with_vector: which parts of points are returned. */
import type { Selection } from "../../../model/query.ts";
import type { Opened } from "../collections/opened.ts";
import { heldVector } from "../collections/vector-field.ts";
import { boolean, either, list, object, optional, type Reader, string } from "../requests/shape.ts";
import { excluding, including, type PayloadFilter } from "./payload-selection.ts";

type WithPayload = boolean | string[] | { include: string[] } | { exclude: string[] };
export type WithVector = boolean | string[];

const names = list(string);

export const withPayload: Reader<WithPayload | undefined> = optional(
  either("WithPayloadInterface", boolean, names, object({ include: names }), object({ exclude: names })),
);
export const withVector: Reader<WithVector | undefined> = optional(either("WithVector", boolean, names));

export interface Asked {
  with_payload?: WithPayload | undefined;
  with_vector?: WithVector | undefined;
}

/** What the Store is asked for, and what is taken out of its answer. */
export interface Selected {
  readonly select: Selection;
  readonly withVector: boolean;
  readonly payloadFilter?: PayloadFilter;
}

/** @throws FrancaError invalid_argument */
export function selected(asked: Asked, from: Opened): Selected {
  const { with_payload: payload = false, with_vector: vector = false } = asked;
  const payloadFilter = payloadFilterOf(payload);
  return {
    select: {
      payload: payload !== false,
      vectors: typeof vector === "boolean" ? vector : vector.map((name) => heldVector(name, from).field),
    },
    withVector: vector !== false,
    ...(payloadFilter && { payloadFilter }),
  };
}

function payloadFilterOf(payload: WithPayload): PayloadFilter | undefined {
  if (typeof payload === "boolean") return undefined;
  if (Array.isArray(payload)) return including(payload);
  return "include" in payload ? including(payload.include) : excluding(payload.exclude);
}
