/**
 * Changing a collection that has points: all of them have to fit a new field before anything changes. Then the vectors and indexes
 * follow, and at last the schema that Qdrant keeps.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import { changedSchema } from "../../model/changed-schema.ts";
import type { PayloadField } from "../../model/schema.ts";
import { declaredTree, validatePayload } from "../../model/validate-payload.ts";
import { countWhere } from "./count.ts";
import { distances, metadataOf } from "./create-body.ts";
import { pointId, type WireId } from "./ids.ts";
import { type Layout, wireName } from "./layout.ts";
import { expectReachable } from "./nested-arrays.ts";
import { createIndexes, dropIndexes } from "./payload-indexes.ts";
import type { WireRecord } from "./read-points.ts";
import { reservedIn, withoutReserved } from "./reserved.ts";
import type { Wire } from "./wire.ts";
import { shown } from "./written-points.ts";

const ongoing = { isOngoing: true } as const;
const pointsPerPage = 500;

/** @throws FrancaError invalid_argument; not_found, already_exists for fields; failed_precondition when a point does not fit */
export async function alterCollection(wire: Wire, layout: Layout, change: unknown): Promise<void> {
  const { schema, name } = layout;
  const { add, drop, addVectors, dropVectors, changed } = changedSchema(schema, change, name);
  for (const field of dropVectors) await expectNoVectors(wire, layout, field);
  if (Object.keys(add).length > 0) await expectFitting(wire, layout, add);
  for (const field of dropVectors)
    await wire.call(
      "deleteVectorName",
      { collection_name: name, vector_name: wireName(field, layout) },
      { ongoing },
    );
  for (const [field, { modifier = "none" }] of Object.entries(addVectors.sparse)) {
    const sparse = modifier === "none" ? {} : { modifier };
    await wire.call("createVectorName", { collection_name: name, vector_name: field, sparse }, { ongoing });
  }
  for (const [field, { dimension, metric = "cosine" }] of Object.entries(addVectors.multi)) {
    const dense = {
      size: dimension,
      distance: distances[metric],
      multivector_config: { comparator: "max_sim" },
    };
    await wire.call("createVectorName", { collection_name: name, vector_name: field, dense }, { ongoing });
  }
  const dropped = Object.fromEntries(drop.map((path) => [path, schema.payload![path]!]));
  await dropIndexes(wire, layout, dropped);
  await createIndexes(wire, layout, add);
  await wire.call("updateCollection", { collection_name: name, metadata: metadataOf(changed) }, { ongoing });
}

async function expectNoVectors(wire: Wire, layout: Layout, field: string): Promise<void> {
  const filter = { must: [{ has_vector: wireName(field, layout) }] };
  const count = await countWhere({ wire, layout }, filter, { signal: undefined, ongoing });
  if (count === 0) return;
  throw new FrancaError(
    "failed_precondition",
    `${count} points have a vector in ${JSON.stringify(field)}: take them away first, with update and deleteVectors`,
  );
}

async function expectFitting(
  wire: Wire,
  layout: Layout,
  add: { [path: string]: PayloadField },
): Promise<void> {
  const paths = layout.fields.paths ?? "implicit";
  const declared = declaredTree(add, paths);
  let offset: WireId | undefined;
  do {
    const page = await wire.call<{ points: WireRecord[]; next_page_offset?: WireId | null }>(
      "scrollPoints",
      {
        collection_name: layout.name,
        limit: pointsPerPage,
        with_payload: true,
        ...(offset !== undefined && { offset }),
      },
      { ongoing },
    );
    for (const { id, payload } of page.points) {
      const where = `point ${shown(pointId(id, { ...reservedIn(payload) } as never))}`;
      try {
        const checked = validatePayload(withoutReserved(payload), declared, where);
        if (paths === "implicit") expectReachable(checked, declared, where);
      } catch (error) {
        if (!isFrancaError(error)) throw error;
        throw new FrancaError("failed_precondition", `the field cannot be declared so: ${error.message}`, {
          details: error.details,
          cause: error,
        });
      }
    }
    offset = page.next_page_offset ?? undefined;
  } while (offset !== undefined);
}
