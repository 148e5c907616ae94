/** Rankings without an example at the border: by a field's values, and at random. */
import { badInput, plainObject, rejectKeys } from "./bad-input.ts";
import type { CheckedFields, CheckedOrderBy, CheckedSample } from "./checked-query.ts";
import { microsOf, parseDatetime, parseLooseDatetime } from "./datetime.ts";
import { finite, integer, oneOf } from "./read-value.ts";
import type { PayloadField } from "./schema.ts";

/** @throws FrancaError invalid_argument */
export function checkOrderBy(input: unknown, where: string, fields: CheckedFields): CheckedOrderBy {
  if (input === "id")
    return { kind: "orderBy", path: undefined, descending: false, startFrom: undefined, scores: "one" };
  const { path, direction, startFrom, scores, ...others } = plainObject(
    input,
    where,
    '"id" or {path, direction}',
  );
  rejectKeys(others, where, "path, direction, startFrom and scores");
  const ordered = Object.entries(fields.payloadFields).filter(
    ([, { type }]) => type === "integer" || type === "float" || type === "datetime",
  );
  const known = ordered.map(([name]) => name);
  const asked = oneOf(path, known, `${where}.path`, "declared integer, float or datetime field");
  const field = fields.payloadFields[asked]!;
  return {
    kind: "orderBy",
    path: asked,
    descending: oneOf(direction ?? "asc", ["asc", "desc"], `${where}.direction`, "direction") === "desc",
    scores: oneOf(scores ?? "value", ["value", "one"], `${where}.scores`, "kind of scores"),
    startFrom: startFrom === undefined ? undefined : checkStart(startFrom, `${where}.startFrom`, field),
  };
}

/** @throws FrancaError invalid_argument */
export function checkSample(input: unknown, where: string): CheckedSample {
  const { seed, ...others } = plainObject(input, where, "{} or {seed}");
  rejectKeys(others, where, "seed");
  return {
    kind: "sample",
    seed: seed === undefined ? undefined : integer(seed, `${where}.seed`, 0, 2 ** 32 - 1),
  };
}

function checkStart(start: unknown, where: string, { type, lenient }: PayloadField): number {
  if (type !== "datetime") return finite(start, where);
  const read = lenient === true ? parseLooseDatetime : parseDatetime;
  const micros =
    start instanceof Date ? microsOf(start) : typeof start === "string" ? read(start) : undefined;
  if (micros !== undefined) return micros;
  // What the field's values are told as.
  if (typeof start === "number") return finite(start, where);
  throw badInput(where, "an RFC 3339 date-time, a Date, or microseconds since 1970", start ?? String(start));
}
