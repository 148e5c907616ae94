/**
 * What a filter becomes means in Qdrant what it means here: random filters, translated, are decided by the local mode of the
 * makers' Python client, whose models also check their form, and by the oracle.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFrancaError } from "../../../src/errors.ts";
import type { Filter } from "../../../src/model/filter.ts";
import type { Payload } from "../../../src/model/payload.ts";
import { checkFilter } from "../../../src/model/validate-filter.ts";
import { writeJson } from "../../../src/stores/qdrant/big-integers.ts";
import { wireFilter } from "../../../src/stores/qdrant/filter/filter.ts";
import { layoutOf } from "../../../src/stores/qdrant/layout.ts";
import { filterArbitrary } from "../../oracle/arbitrary-filters.ts";
import { payloadArbitrary, schema } from "../../oracle/arbitrary-points.ts";
import { matches } from "../../oracle/filter.ts";
import { root } from "../../rules/sources.ts";
import { seed } from "../../seed.ts";
import { python, withoutPython } from "../../wire/python.ts";
import { flattened } from "./flattened.ts";

const layout = layoutOf("c", schema, { unnamed: undefined, hasForeignIds: true });

function translated(filter: Filter): object | undefined {
  try {
    return wireFilter(checkFilter(filter, layout.fields), layout);
  } catch (error) {
    if (isFrancaError(error, "unimplemented")) return undefined;
    throw error;
  }
}

/**
 * The server decides declared UUIDs by its index, by what they denote; the local mode, without indexes, by their signs. It looks
 * for a text in whatever there is, and fails at what is none.
 */
function isBeyondIt(filter: Filter): boolean {
  const text = writeJson(filter);
  return text.includes('"field":"key"') || /"field":"(?!tag")[^"]*","match"/.test(text);
}

/** For Python, true is 1. */
const truthAsNumber = /"key":"(?!flag")[^"]*","match":\{"(?:value|any)":\[?(?:true|false)/;

/** The server's `except` does not hold for null (check_match in its condition checker); the local mode's does. */
function isOtherwise(wire: object, payload: Payload): boolean {
  const text = writeJson(wire);
  if (truthAsNumber.test(text)) return true;
  return text.includes('"except"') && JSON.stringify(payload).includes("null");
}

/** Datetimes that Python reads too (the server takes lower-case letters, and fractions of any length), and no truth but declared. */
function plain({ free = null, w = null, ...payload }: Payload): Payload {
  const others = JSON.parse(JSON.stringify({ free, w }).replaceAll(/\b(true|false)\b(?!")/g, '"$1"'));
  const text = JSON.stringify({ ...payload, ...others })
    .replaceAll("2024-01-01t00:00:00.000001z", "2024-01-01T00:00:00.000001Z")
    .replaceAll("23:59:59.9-", "23:59:59.900-");
  return JSON.parse(text);
}

const rounds = process.env.FRANCA_SLOW ? 40 : 6;

describe.skipIf(python === undefined)(`Qdrant's local mode (${withoutPython} otherwise)`, () => {
  it("decides translated filters as the oracle decides what they were", () => {
    const programs = fc.sample(
      fc.record({
        payloads: fc.array(
          payloadArbitrary.map((payload) => plain(flattened(payload))),
          { minLength: 25, maxLength: 25 },
        ),
        filters: fc.array(filterArbitrary, { minLength: 300, maxLength: 300 }),
      }),
      { numRuns: rounds, seed },
    );
    let [compared, refused] = [0, 0];
    for (const { payloads, filters } of programs) {
      const possible = filters.flatMap((filter) => {
        const wire = isBeyondIt(filter) ? undefined : translated(filter);
        if (wire === undefined) refused++;
        return wire === undefined ? [] : [{ filter, wire }];
      });
      const input = writeJson({ payloads, filters: possible.map(({ wire }) => wire) });
      const script = join(root, "test/dialects/qdrant/local-filters.py");
      const verdicts: boolean[][] = JSON.parse(
        execFileSync(python!, [script], { input, maxBuffer: 1e8 }).toString(),
      );
      for (const [f, { filter, wire }] of possible.entries())
        for (const [i, payload] of payloads.entries()) {
          if (isOtherwise(wire, payload as Payload)) continue;
          compared++;
          if (matches(schema, filter, i, payload as Payload) === verdicts[f]![i]) continue;
          const told = `${writeJson(filter)} as ${writeJson(wire)} on ${JSON.stringify(payload)}, id ${i}`;
          expect.fail(`seed ${seed}: ${told}: the local mode says ${verdicts[f]![i]}`);
        }
    }
    console.log(
      `translated filters: ${compared} verdicts compared, ${refused} of ${rounds * 300} filters refused`,
    );
    expect(compared).toBeGreaterThan(10_000);
  }, 120_000);
});
