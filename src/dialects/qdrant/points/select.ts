/** with_payload and with_vector: which parts of points are returned. */

import type { Selection } from "../../../model/query.ts";
import type { Opened } from "../collections/opened.ts";
import { fieldOf } from "../collections/settings.ts";
import { boolean, either, list, object, optional, type Reader, string } from "../requests/shape.ts";
import { excluding, including, type PayloadFilter } from "./payload-selection.ts";
import { noSuchVector } from "./vectors-in.ts";

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
export function selected(asked: Asked, { collection, settings }: Opened): Selected {
  const { with_payload: payload = false, with_vector: vector = false } = asked;
  const schema = collection.schema;
  const fieldNamed = (name: string): string => {
    const field = fieldOf(name, schema, settings);
    const kinds = [schema.vectors, schema.sparse, schema.multi];
    if (!kinds.some((fields) => fields !== undefined && Object.hasOwn(fields, field)))
      throw noSuchVector(name);
    return field;
  };
  const payloadFilter = payloadFilterOf(payload);
  return {
    select: {
      payload: payload !== false,
      vectors: typeof vector === "boolean" ? vector : vector.map(fieldNamed),
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
