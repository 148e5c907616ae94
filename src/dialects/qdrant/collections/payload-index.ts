/** Indexes of payload fields. They never refuse a write: values of other types are kept, and are not in the index. */
import type { PayloadField } from "../../../model/schema.ts";
import { wrongInput } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { type UpdateResult, written } from "../points/written.ts";
import { parseJsonPath } from "../requests/json-path.ts";
import {
  boolean,
  choice,
  type JsonObject,
  object,
  objectAt,
  optional,
  type Reader,
  string,
  unsigned,
} from "../requests/shape.ts";
import { expectWithin, strictModeOf } from "../strict/strict-mode.ts";
import { changeSettings } from "./change.ts";
import { opened } from "./opened.ts";
import { payloadFieldOf } from "./payload-field.ts";
import { indexesIn } from "./settings.ts";
import { stemmer, stopwords } from "./text-analysis.ts";

const flag = optional(boolean);
const common = { on_disk: flag, enable_hnsw: flag };
const paramsByType: { readonly [type: string]: Reader<object> } = {
  keyword: object({ is_tenant: flag, ...common }),
  integer: object({ lookup: flag, range: flag, is_principal: flag, ...common }),
  float: object({ is_principal: flag, ...common }),
  geo: object(common),
  bool: object(common),
  datetime: object({ is_principal: flag, ...common }),
  uuid: object({ is_tenant: flag, ...common }),
  text: object({
    tokenizer: optional(choice("prefix", "whitespace", "word", "multilingual")),
    min_token_len: optional(unsigned()),
    max_token_len: optional(unsigned()),
    lowercase: flag,
    ascii_folding: flag,
    phrase_matching: flag,
    stopwords: optional(stopwords),
    stemmer: optional(stemmer),
    ...common,
  }),
};

const typeName = choice("keyword", "integer", "float", "geo", "text", "bool", "datetime", "uuid");

/** A type, or one with its parameters: {type, …}. */
const fieldSchema: Reader<string | JsonObject> = (given, path) => {
  if (typeof given === "string") return typeName(given, path);
  const { type } = objectAt(given, path);
  const name = typeName(type, `${path}.type`);
  return { type: name, ...(paramsByType[name]!(given, path) as JsonObject) };
};

const indexRequest = object({ field_name: string, field_schema: optional(fieldSchema) });

export const createFieldIndex: Handler<UpdateResult> = async (store, params, given) => {
  const { field_name: key, field_schema: schema } = indexRequest(given, "");
  parseJsonPath(key);
  const to = await opened(store, params);
  if (schema === undefined)
    throw wrongInput(`Unable to infer type for the field '${key}'. Please specify \`field_type\``);
  const { max_payload_index_count: most } = strictModeOf(to) ?? {};
  const others = Object.keys(indexesIn(to.collection.schema, to.settings)).filter((other) => other !== key);
  expectWithin(others.length + 1, most, "index count");
  const field = payloadFieldOf(typeof schema === "string" ? { type: schema } : schema);
  await changeSettings(store, params, (before, settings) => {
    const known = before.payload?.[key];
    const isSame = known !== undefined && JSON.stringify(known) === JSON.stringify(field);
    return {
      settings: { ...settings, indexes: { ...settings.indexes, [key]: schema } },
      ...(!isSame && {
        schema: {
          addPayload: { [key]: field as PayloadField },
          ...(known !== undefined && { dropPayload: [key] }),
        },
      }),
    };
  });
  return written(await to.collection.stats(), params);
};

/** Of a field without one, too. */
export const deleteFieldIndex: Handler<UpdateResult> = async (store, params) => {
  const { field_name: key = "" } = params;
  const { collection } = await opened(store, params);
  await changeSettings(store, params, (before, settings) => {
    const { [key]: _, ...indexes } = settings.indexes ?? {};
    const isKnown = Object.hasOwn(before.payload ?? {}, key);
    return { settings: { ...settings, indexes }, ...(isKnown && { schema: { dropPayload: [key] } }) };
  });
  return written(await collection.stats(), params);
};
