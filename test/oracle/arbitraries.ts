/**
 * Random programs: writes and reads in turn over the points and filters of arbitrary-points.ts and arbitrary-filters.ts.
 */
import fc from "fast-check";
import type { Filter } from "../../src/model/filter.ts";
import type { PointId } from "../../src/model/id.ts";
import type { QueryRequest, ScrollRequest } from "../../src/model/query.ts";
import type { FusionLeg } from "../../src/model/ranking.ts";
import type { CollectionSchema } from "../../src/model/schema.ts";
import type { PointChange, PointSelector } from "../../src/store.ts";
import { filterArbitrary } from "./arbitrary-filters.ts";
import {
  type FieldName,
  idArbitrary,
  multiArbitraries,
  payloadArbitrary,
  pointArbitrary,
  sparseArbitraries,
  textArbitrary,
  vectorArbitraries,
} from "./arbitrary-points.ts";
import type { OraclePoint } from "./oracle.ts";

const fieldNames: FieldName[] = ["angle", "dot", "straight", "blocks"];
const exampleOf = (field: string, vector: fc.Arbitrary<unknown>) =>
  fc.record({
    field: fc.constant(field),
    nearest: fc.oneof(
      { weight: 3, arbitrary: vector },
      { weight: 1, arbitrary: fc.record({ id: idArbitrary }) },
    ) as fc.Arbitrary<QueryVector>,
  });
const nearest = fc.oneof(
  ...Object.entries(sparseArbitraries).map(([field, vector]) => exampleOf(field, vector)),
  ...Object.entries(multiArbitraries).map(([field, rows]) =>
    exampleOf(
      field,
      rows.map((some) => (some.length === 1 ? some[0]! : some)),
    ),
  ),
  ...fieldNames.map((field) =>
    fc.record({
      field: fc.constant(field),
      nearest: fc.oneof(
        { weight: 3, arbitrary: vectorArbitraries[field] as fc.Arbitrary<QueryVector> },
        { weight: 1, arbitrary: fc.record({ id: idArbitrary }) },
      ),
    }),
  ),
);
type QueryVector = number[] | { id: PointId };
const text = fc.record(
  { text: textArbitrary, fields: fc.constantFrom(["body"], ["title"], ["title", "body"]) },
  { requiredKeys: ["text"] },
);
const leg = fc
  .tuple(
    fc.oneof(nearest, text),
    fc.record({ weight: fc.constantFrom(0, 0.3, 2), limit: fc.constantFrom(1, 3) }, { requiredKeys: [] }),
  )
  .map(([ranking, options]) => ({ ...ranking, ...options }));
const fusion = fc
  .record(
    { legs: fc.array(leg, { minLength: 1, maxLength: 3 }), k: fc.constantFrom(0, 1, 60) },
    { requiredKeys: ["legs"] },
  )
  .map(({ legs, ...rest }) => ({
    fusion: { ...rest, legs: legs.map((one, i) => ({ ...one, name: `leg${i}` })) as FusionLeg[] },
  }));

export const queryArbitrary: fc.Arbitrary<QueryRequest> = fc
  .tuple(
    fc.oneof(nearest, text, fusion),
    fc.record(
      {
        filter: filterArbitrary,
        limit: fc.constantFrom(1, 2, 3, 50),
        offset: fc.constantFrom(0, 1, 4),
        scoreThreshold: fc.constantFrom(-1.03, 0.011, 0.5003, 2.503),
        params: fc.constantFrom({}, { exact: true }, { ef: 5 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([ranking, common]) => ({ ...ranking, ...common }) as QueryRequest);

const selector: fc.Arbitrary<PointSelector<CollectionSchema>> = fc.oneof(
  fc.record({ ids: fc.array(idArbitrary, { maxLength: 4 }) }),
  fc.record({ filter: filterArbitrary }),
);
const change: fc.Arbitrary<PointChange<CollectionSchema>> = fc
  .record(
    {
      overwritePayload: payloadArbitrary,
      deletePayload: fc.subarray(["tag", "body", "author.name", "items.price", "free", "w.a.b"], {
        maxLength: 2,
      }),
      setPayload: payloadArbitrary,
      deleteVectors: fc.subarray(["dot", "blocks", "terms", "weighed", "rows", "places"], { maxLength: 2 }),
      setVectors: fc.record(vectorArbitraries, { requiredKeys: [] }),
      setSparse: fc.record(sparseArbitraries, { requiredKeys: [] }),
      setMulti: fc.record(multiArbitraries, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  )
  .map((one) => one as PointChange<CollectionSchema>);

export const facetFields: readonly string[] = ["tag", "count", "weight", "flag", "author.name"];

export type Step =
  | { upsert: OraclePoint[] }
  | { update: PointSelector<CollectionSchema>; change: PointChange<CollectionSchema> }
  | { delete: PointSelector<CollectionSchema> }
  | { count: Filter }
  | { query: QueryRequest }
  | { scroll: ScrollRequest }
  | { facet: string; filter?: Filter };

const upsert = fc.record({ upsert: fc.array(pointArbitrary, { minLength: 1, maxLength: 6 }) });
const readStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ query: queryArbitrary }) },
  { weight: 3, arbitrary: fc.record({ count: filterArbitrary }) },
  {
    weight: 1,
    arbitrary: fc.record({
      scroll: fc.record(
        { filter: filterArbitrary, limit: fc.constantFrom(1, 3, 100) },
        { requiredKeys: [] },
      ) as fc.Arbitrary<ScrollRequest>,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { facet: fc.constantFrom(...facetFields), filter: filterArbitrary },
      { requiredKeys: ["facet"] },
    ),
  },
);
const writeStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: upsert },
  { weight: 1, arbitrary: fc.record({ update: selector, change }) },
  { weight: 1, arbitrary: fc.record({ delete: selector }) },
);

/** A program: some points, then writes and reads in turn. */
export const programArbitrary: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.record({ upsert: fc.array(pointArbitrary, { minLength: 4, maxLength: 12 }) }),
    fc.array(fc.tuple(writeStep, readStep, readStep), { minLength: 1, maxLength: 5 }),
  )
  .map(([first, rest]) => [first, ...rest.flat()]);
