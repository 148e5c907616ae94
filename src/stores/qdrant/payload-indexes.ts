/**
 * Indexes of declared payload fields. A path that walks objects has one for each shape that its data may have: "author.name" and
 * "author[].name". Texts have one where their words are cut as Qdrant cuts them.
 */
import { readPath } from "../../model/path.ts";
import type { PayloadField } from "../../model/schema.ts";
import { keysOf } from "./filter/paths.ts";
import type { Layout } from "./layout.ts";
import { wireTextIndex } from "./text-index.ts";
import type { Wire } from "./wire.ts";

type Fields = { readonly [path: string]: PayloadField };

const ongoing = { isOngoing: true } as const;

/** Waits until they are there. */
export async function createIndexes(wire: Wire, layout: Layout, fields: Fields): Promise<void> {
  for (const [key, schema] of indexesOf(layout, fields)) {
    const index = { field_name: key, field_schema: schema };
    await wire.call("createFieldIndex", { collection_name: layout.name, wait: true, ...index }, { ongoing });
  }
}

export async function dropIndexes(wire: Wire, layout: Layout, fields: Fields): Promise<void> {
  for (const [key] of indexesOf(layout, fields)) {
    const index = { collection_name: layout.name, wait: true, field_name: key };
    await wire.call("deleteFieldIndex", index, { ongoing });
  }
}

function indexesOf(
  { fields: { paths = "implicit" } }: Layout,
  fields: Fields,
): [key: string, index: unknown][] {
  return Object.entries(fields).flatMap(([path, field]) => {
    const index = indexOf(field);
    if (index === undefined) return [];
    return keysOf(readPath(path, paths)!, true).map((key): [string, unknown] => [key, index]);
  });
}

function indexOf(field: PayloadField): unknown {
  if (field.type !== "text") return field.type;
  return field.analysis === undefined ? undefined : wireTextIndex(field.analysis);
}
