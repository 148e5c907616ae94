/**
 * Changing settings, and adding and dropping declared payload fields and sparse and multi vector fields, of a collection that has points. All points have to fit a new field
 * before anything changes; then the catalog is written, then the indexes follow.
 */
import { FrancaError, isFrancaError } from "../errors.ts";
import { badInput, list, plainObject, rejectKeys } from "../model/bad-input.ts";
import { type Path, type PathSyntax, readPath, valuesAt } from "../model/path.ts";
import type { Payload } from "../model/payload.ts";
import type { CollectionSchema, PayloadField } from "../model/schema.ts";
import { declaredTree, validatePayload } from "../model/validate-payload.ts";
import { validatePayloadFields, validateSchema, validateSettings } from "../model/validate-schema.ts";
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
  const { add, drop, vectors, settings } = checkedChange(change, schema, collection.name);
  const payload = { ...schema.payload };
  for (const path of drop) delete payload[path];
  const changed: CollectionSchema = {
    ...schema,
    ...vectors.changed,
    payload: { ...payload, ...add },
    ...(settings !== undefined && { settings }),
  };
  const { state } = collection;
  await collection.writer.exclusive(async () => {
    for (const field of vectors.dropped) expectNoVectors(state, field);
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

function checkedChange(change: unknown, schema: CollectionSchema, name: string) {
  const { addPayload, dropPayload, addSparse, addMulti, dropVectors, settings, ...rest } = plainObject(
    change,
    "change",
    "{addPayload, dropPayload, addSparse, addMulti, dropVectors, settings}",
  );
  rejectKeys(
    rest,
    "change",
    "`addPayload`, `dropPayload`, `addSparse`, `addMulti`, `dropVectors` and `settings`",
  );
  const add =
    addPayload === undefined ? {} : validatePayloadFields(addPayload, "change.addPayload", schema.paths);
  const drop = dropPayload === undefined ? [] : list(dropPayload, "change.dropPayload", "paths").map(pathOf);
  const declared = schema.payload ?? {};
  for (const path of drop) {
    if (!Object.hasOwn(declared, path)) {
      throw new FrancaError(
        "not_found",
        `collection ${name} declares no payload field ${JSON.stringify(path)}`,
      );
    }
  }
  for (const path of Object.keys(add)) {
    if (Object.hasOwn(declared, path) && !drop.includes(path)) {
      throw new FrancaError(
        "already_exists",
        `collection ${name} declares the payload field ${JSON.stringify(path)} already; drop it in the same change to declare it anew`,
      );
    }
  }
  return {
    add,
    drop,
    vectors: changedVectors(schema, addSparse, addMulti, dropVectors, name),
    settings: settings === undefined ? undefined : validateSettings(settings, "change.settings"),
  };
}

/** The schema's vector fields afterwards, if any of them change. */
function changedVectors(
  { vectors, sparse = {}, multi = {} }: CollectionSchema,
  addSparse: unknown,
  addMulti: unknown,
  dropVectors: unknown,
  name: string,
): { changed: Partial<Pick<CollectionSchema, "sparse" | "multi">>; dropped: string[] } {
  const dropped = list(dropVectors ?? [], "change.dropVectors", "names of sparse and multi fields").map(
    (field) => {
      const isKnown = typeof field === "string" && [sparse, multi].some((kind) => Object.hasOwn(kind, field));
      if (isKnown) return field;
      throw new FrancaError(
        "not_found",
        `collection ${name} has no sparse or multi vector field ${JSON.stringify(field)}`,
      );
    },
  );
  if (addSparse === undefined && addMulti === undefined && dropped.length === 0)
    return { changed: {}, dropped };
  const kept = <T>(fields: { readonly [field: string]: T }, added: unknown, what: string): unknown => ({
    ...Object.fromEntries(Object.entries(fields).filter(([field]) => !dropped.includes(field))),
    ...plainObject(added ?? {}, what, "vector fields by name"),
  });
  for (const field of Object.keys({ ...(addSparse as object), ...(addMulti as object) })) {
    if ([vectors, sparse, multi].some((kind) => Object.hasOwn(kind, field)))
      throw new FrancaError(
        "already_exists",
        `collection ${name} has the vector field ${JSON.stringify(field)} already`,
      );
  }
  const { sparse: nextSparse, multi: nextMulti } = validateSchema({
    vectors,
    sparse: kept(sparse, addSparse, "change.addSparse"),
    multi: kept(multi, addMulti, "change.addMulti"),
  });
  return { changed: { sparse: nextSparse!, multi: nextMulti! }, dropped };
}

function expectNoVectors(state: CollectionState, field: string): void {
  const count = countBits(state.slotsWithVector(field));
  if (count === 0) return;
  throw new FrancaError(
    "failed_precondition",
    `${count} points have a vector in ${JSON.stringify(field)}: take them away first, with update and deleteVectors`,
  );
}

function pathOf(path: unknown): string {
  if (typeof path !== "string") throw badInput("change.dropPayload", "paths", path ?? String(path));
  return path;
}
