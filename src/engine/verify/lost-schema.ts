/**
 * Schemas are in the catalog alone. Where that is lost, what a collection's other files tell of its schema is put
 * together, with placeholders for what nothing tells.
 */
import { isFrancaError } from "../../errors.ts";
import type { CollectionSchema, PayloadField } from "../../model/schema.ts";
import { validateSchema } from "../../model/validate-schema.ts";
import { readDeclaredFields } from "../checkpoint/checkpoint.ts";
import type { Directory } from "../file.ts";
import type { Kernel } from "../kernel.ts";
import { readManifest } from "../log/manifest.ts";

export interface LostSchema {
  schema: CollectionSchema;
  notes: string[];
}

/** Undefined where not even the vectors' dimensions are known. */
export async function lostSchema(
  directory: Directory,
  crc32c: Kernel["crc32c"],
): Promise<LostSchema | undefined> {
  const manifest = await orNothing(readManifest(directory, crc32c));
  if (manifest === undefined) return undefined;
  const notes = ["its name was in the catalog, which is lost: it has the name of its folder"];
  const vectors = Object.fromEntries(
    manifest.dimensions.map((dimension, ordinal) => [`vector-${ordinal}`, { dimension }]),
  );
  if (manifest.dimensions.length > 0)
    notes.push(
      "names and metrics of its vector fields are lost: the fields have numbers, in the order of their names, and the metric is cosine",
    );
  const payload = await orNothing(readDeclaredFields(directory, crc32c));
  if (payload === undefined)
    notes.push("which payload fields were declared is lost: declare them with alter()");
  return { schema: withPayload(vectors, payload, notes), notes };
}

function withPayload(
  vectors: CollectionSchema["vectors"],
  payload: { [path: string]: PayloadField } | undefined,
  notes: string[],
): CollectionSchema {
  if (payload === undefined) return validateSchema({ vectors });
  try {
    return validateSchema({ vectors, payload });
  } catch (error) {
    if (!isFrancaError(error, "invalid_argument")) throw error;
    notes.push(`its declared payload fields cannot be read (${error.message}): declare them with alter()`);
    return validateSchema({ vectors });
  }
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isFrancaError(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
