/**
 * with_payload's include and exclude. Both compare paths step by step from the top: what is included comes with all that is
 * above and below it, what is excluded goes with all that is below it. Elements of arrays are met by `[]` alone.
 */
import type { PathStep } from "../../../model/path.ts";
import type { JsonValue, Payload } from "../../../model/payload.ts";
import { parseJsonPath, sameStep } from "../requests/json-path.ts";

export type PayloadFilter = (payload: Payload) => Payload;

/** @throws FrancaError invalid_argument for what is no path */
export function including(paths: readonly string[]): PayloadFilter {
  const parsed = paths.map(parseJsonPath);
  return filteredBy((place) =>
    parsed.some((path) => path.every((step, i) => i >= place.length || sameStep(step, place[i]!))),
  );
}

/** @throws FrancaError invalid_argument for what is no path */
export function excluding(paths: readonly string[]): PayloadFilter {
  const parsed = paths.map(parseJsonPath);
  return filteredBy(
    (place) =>
      !parsed.some(
        (path) => path.length <= place.length && path.every((step, i) => sameStep(step, place[i]!)),
      ),
  );
}

function filteredBy(keeps: (place: readonly PathStep[]) => boolean): PayloadFilter {
  const object = (given: Payload, place: readonly PathStep[]): Payload => {
    const kept: Payload = Object.create(null);
    for (const [key, value] of Object.entries(given)) {
      const at = [...place, { key }];
      if (keeps(at)) kept[key] = inside(value, at);
    }
    return { ...kept };
  };
  const inside = (value: JsonValue, place: readonly PathStep[]): JsonValue => {
    if (Array.isArray(value)) {
      const at = [...place, { all: true as const }];
      return keeps(at) ? value.map((element) => inside(element, at)) : [];
    }
    return typeof value === "object" && value !== null ? object(value as Payload, place) : value;
  };
  return (payload) => object(payload, []);
}
