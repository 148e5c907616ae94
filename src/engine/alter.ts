/**
 * Changing settings, and adding and dropping declared payload fields and sparse and multi vector fields, of a collection that has points. All points have to fit a new field
 * before anything changes; then the catalog is written, then the indexes follow.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import { changedSchema } from "../model/changed-schema.ts";
import { type Path, type PathSyntax, readPath, valuesAt } from "../model/path.ts";
import type { Payload } from "../model/payload.ts";
import type { CollectionSchema, PayloadField } from "../model/schema.ts";
import { declaredTree, validatePayload } from "../model/validate-payload.ts";
import { countBits } from "./bitset.ts";
import { livePayloads } from "./checkpoint/recover.ts";
import type { EngineCollection } from "./collection.ts";
import type { CollectionState } from "./state.ts";
import type { Slot } from "./view.ts";

/**
 * @param persist makes the new schema durable
 * @throws FrancaError invalid_argument; not_found, already_exists for fields; failed_precondition when a point does not fit
 */
export async function alterCollection(
  collection: EngineCollection,
  schema: CollectionSchema,
  change: unknown,
  persist: (schema: CollectionSchema) => Promise<void>,
): Promise<void> {
  const { add, drop, dropVectors, changed } = changedSchema(schema, change, collection.name);
  const { state } = collection;
  await collection.writer.exclusive(async () => {
    for (const field of dropVectors) expectNoVectors(state, field);
    const values = await fittingValues(state, add);
    // The points fit as they are now: a power cut must not leave the new schema with points from before.
    await state.log.sync();
    await persist(changed);
    for (const path of drop) state.indexes.dropField(path);
    for (const [path, field] of Object.entries(add)) state.indexes.addField(path, field, values.get(path)!);
    collection.adopt(changed);
  });
}

/** By new field, the points that have it, with a payload of nothing else. */
async function fittingValues(
  state: CollectionState,
  add: { [path: string]: PayloadField },
): Promise<Map<string, [Slot, Payload][]>> {
  const values = new Map<string, [Slot, Payload][]>(Object.keys(add).map((path) => [path, []]));
  if (values.size === 0) return values;
  const declared = declaredTree(add, state.paths);
  for await (const [slot, payload] of livePayloads(state)) {
    try {
      validatePayload(payload, declared, `point ${String(state.idOf(slot))}`);
    } catch (error) {
      if (!isFrancaError(error, "invalid_argument")) throw error;
      throw new FrancaError("failed_precondition", `the field cannot be declared so: ${error.message}`, {
        details: error.details,
        cause: error,
      });
    }
    for (const [path, points] of values) {
      const only = onlyAt(payload, path, state.paths);
      if (only !== undefined) points.push([slot, only]);
    }
  }
  return values;
}

/** The payload without what does not lie at the path, or, of an explicit one, under its first key; undefined for nothing. */
function onlyAt(payload: Payload, path: string, paths: PathSyntax): Payload | undefined {
  const at = readPath(path, paths) as Path;
  if (at.syntax === "implicit") {
    const found = valuesAt(payload, at);
    return found.length === 0 ? undefined : nested(at.keys, found);
  }
  const { key } = at.steps[0] as { key: string };
  return Object.hasOwn(payload, key) ? { [key]: payload[key]! } : undefined;
}

/** {author: {name: values}} for ["author", "name"]. */
function nested(keys: readonly string[], values: Payload[string]): Payload {
  const [key, ...rest] = keys;
  return Object.fromEntries([[key, rest.length === 0 ? values : nested(rest, values)]]);
}

function expectNoVectors(state: CollectionState, field: string): void {
  const count = countBits(state.slotsWithVector(field));
  if (count === 0) return;
  throw new FrancaError(
    "failed_precondition",
    `${count} points have a vector in ${JSON.stringify(field)}: take them away first, with update and deleteVectors`,
  );
}
