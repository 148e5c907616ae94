/** What a schema becomes by a change of it, with what is added and dropped. */
import { FrancaError } from "../errors.ts";
import { badInput, list, plainObject, rejectKeys } from "./bad-input.ts";
import type { CollectionSchema, MultiField, PayloadField, SparseField } from "./schema.ts";
import { validatePayloadFields, validateSchema, validateSettings } from "./validate-schema.ts";

export interface ChangedSchema {
  /** What it is afterwards. */
  changed: CollectionSchema;
  add: { [path: string]: PayloadField };
  drop: string[];
  addVectors: { sparse: { [name: string]: SparseField }; multi: { [name: string]: MultiField } };
  dropVectors: string[];
}

/** @throws FrancaError invalid_argument; not_found, already_exists for fields */
export function changedSchema(schema: CollectionSchema, change: unknown, name: string): ChangedSchema {
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
  const payload = { ...declared };
  for (const path of drop) delete payload[path];
  const vectors = changedVectors(schema, addSparse, addMulti, dropVectors, name);
  return {
    add,
    drop,
    addVectors: vectors.added,
    dropVectors: vectors.dropped,
    changed: {
      ...schema,
      ...vectors.changed,
      payload: { ...payload, ...add },
      ...(settings !== undefined && { settings: validateSettings(settings, "change.settings") }),
    },
  };
}

/** The schema's vector fields afterwards, if any of them change. */
function changedVectors(
  { vectors, sparse = {}, multi = {} }: CollectionSchema,
  addSparse: unknown,
  addMulti: unknown,
  dropVectors: unknown,
  name: string,
): {
  changed: Partial<Pick<CollectionSchema, "sparse" | "multi">>;
  added: ChangedSchema["addVectors"];
  dropped: string[];
} {
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
    return { changed: {}, added: { sparse: {}, multi: {} }, dropped };
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
  const only = <T>(fields: { readonly [field: string]: T }, names: unknown): { [field: string]: T } =>
    Object.fromEntries(Object.keys((names ?? {}) as object).map((field) => [field, fields[field]!]));
  return {
    changed: { sparse: nextSparse!, multi: nextMulti! },
    added: { sparse: only(nextSparse!, addSparse), multi: only(nextMulti!, addMulti) },
    dropped,
  };
}

function pathOf(path: unknown): string {
  if (typeof path !== "string") throw badInput("change.dropPayload", "paths", path ?? String(path));
  return path;
}
