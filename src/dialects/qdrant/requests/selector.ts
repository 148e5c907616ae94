/** Which points a write is about: ids, or a filter. */
import type { Filter } from "../../../model/filter.ts";
import type { PointId } from "../../../model/id.ts";
import { wrongInput } from "../errors.ts";
import { readFilter } from "../filter/filter.ts";
import { pointId } from "./point-id.ts";
import { list, optional, type Reader } from "./shape.ts";

export type Selector = { ids: PointId[] } | { filter: Filter };

/** Members of requests that select points. */
export const selecting: {
  points: Reader<PointId[] | undefined>;
  filter: Reader<Filter | undefined>;
} = {
  points: optional(list(pointId)),
  filter: optional(readFilter),
};

/** @throws FrancaError invalid_argument when there is neither */
export function selectorOf({
  points,
  filter,
}: {
  points?: PointId[] | undefined;
  filter?: Filter | undefined;
}): Selector {
  if (points !== undefined) return { ids: points };
  if (filter !== undefined) return { filter };
  throw wrongInput("Validation failed: No points or filter specified");
}
