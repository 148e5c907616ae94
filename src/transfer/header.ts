/**
 * What an export says of its collection, so that an import can make it: in the first line of JSON Lines, in the
 * key "franca" of a Parquet file's metadata.
 */
import { FrancaError } from "../errors.ts";
import type { CollectionSchema } from "../model/schema.ts";
import { validateName, validateSchema } from "../model/validate-schema.ts";

export interface CollectionHeader {
  name: string;
  schema: CollectionSchema;
}

const version = 1;

export function encodeHeader({ name, schema }: CollectionHeader): string {
  return JSON.stringify({ franca: "collection", version, name, schema });
}

/**
 * Undefined for a record that is no header.
 * @throws FrancaError invalid_argument; failed_precondition when a newer Franca wrote it
 */
export function readHeader(record: unknown, where: string): CollectionHeader | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const given = record as { franca?: unknown; version?: unknown; name?: unknown; schema?: unknown };
  if (given.franca !== "collection") return undefined;
  if (typeof given.version === "number" && given.version > version) {
    throw new FrancaError(
      "failed_precondition",
      `${where} has export format ${given.version}; this build reads up to ${version}: import it with a newer Franca`,
      { details: { version: given.version, newest: version } },
    );
  }
  return {
    name: validateName(given.name, `${where}: the collection's name`),
    schema: validateSchema(given.schema),
  };
}
