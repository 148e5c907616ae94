/** Ordering by a payload key that has an index with an order. */
import type { OrderByRanking } from "../../../model/ranking.ts";
import type { Hit } from "../../../model/result.ts";
import type { Opened } from "../collections/opened.ts";
import { indexTypeOf } from "../collections/settings.ts";
import { badRequest } from "../errors.ts";
import { type Record, recordOf } from "../points/record.ts";
import type { Selected } from "../points/select.ts";
import type { OrderBy } from "./stage.ts";

/** Types of indexes that know an order. */
const ordered = new Set(["integer", "float", "datetime"]);

/** The model's ranking. @throws FrancaError invalid_argument without an index */
export function orderingOf(
  { key, direction, start_from }: OrderBy,
  { collection, settings }: Opened,
): OrderByRanking {
  const type = indexTypeOf(key, collection.schema, settings);
  if (!ordered.has(type as string))
    throw badRequest(
      `No range index for \`order_by\` key: \`${key}\`. Please create one to use \`order_by\`.`,
    );
  return {
    orderBy: {
      path: key,
      ...(direction && { direction }),
      ...(start_from !== undefined && { startFrom: start_from }),
    },
  };
}

export function orderedRecord(hit: Hit, selection: Selected, from: Opened): Record {
  return { ...recordOf(hit, selection, from), order_value: hit.score };
}
