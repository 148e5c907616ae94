/**
 * Schemas and names at the border. What comes out is a plain copy with nothing in it that this build does not know.
 */

import { badInput, plainObject, rejectKeys } from "./bad-input.ts";
import { type PathSyntax, pathExamples, readPath } from "./path.ts";
import type { JsonValue } from "./payload.ts";
import { reservedKey } from "./reserved-key.ts";
import type { CollectionSchema, MultiField, PayloadField, SparseField, VectorField } from "./schema.ts";
import { canonicalAnalysis, validateAnalysis } from "./validate-analysis.ts";
import { declaredTree, validatePayload } from "./validate-payload.ts";

const metrics = ["cosine", "dot", "euclidean", "manhattan"];
const payloadTypes = ["keyword", "integer", "float", "bool", "datetime", "uuid", "geo", "text"];

/** 1 to 255 characters, no control characters, well-formed. Names are never used as file names. */
export function validateName(name: unknown, what: string): string {
  if (typeof name !== "string" || name.length < 1 || name.length > 255) {
    throw badInput(what, "a name of 1 to 255 characters", name ?? String(name));
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed()) {
    throw badInput(what, "a name without control characters and lone surrogates", name);
  }
  return name;
}

/** @throws FrancaError invalid_argument */
export function validateSchema(schema: unknown): CollectionSchema {
  const { vectors, sparse, multi, payload, paths, settings, ...rest } = plainObject(
    schema,
    "schema",
    "an object with `vectors` and `payload`",
  );
  rejectKeys(rest, "schema", "`vectors`, `sparse`, `multi`, `payload`, `paths` and `settings`");
  const checked: CollectionSchema = {
    vectors: validateFields(vectors, "vectors", validateVectorField),
    ...(sparse !== undefined && { sparse: validateFields(sparse, "sparse", validateSparseField) }),
    ...(multi !== undefined && { multi: validateFields(multi, "multi", validateMultiField) }),
    ...(payload !== undefined && {
      payload: validatePayloadFields(
        payload,
        "schema.payload",
        paths === "explicit" ? "explicit" : "implicit",
      ),
    }),
    ...(paths !== undefined && {
      paths: oneOf(paths, "schema.paths", ["implicit", "explicit"]) as "implicit" | "explicit",
    }),
    ...(settings !== undefined && { settings: validateSettings(settings, "schema.settings") }),
  };
  const names = [checked.vectors, checked.sparse ?? {}, checked.multi ?? {}].flatMap(Object.keys);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw badInput("schema", "a name in one of `vectors`, `sparse` and `multi` only", twice);
  return checked;
}

function validateFields<T>(
  fields: unknown,
  kind: "vectors" | "sparse" | "multi",
  validate: (field: unknown, where: string) => T,
): { [name: string]: T } {
  const checked: { [name: string]: T } = {};
  const given = plainObject(fields, `schema.${kind}`, "vector fields by name");
  for (const [name, field] of Object.entries(given)) {
    validateName(name, "the name of a vector field");
    if (name === "__proto__") throw badInput(`schema.${kind}`, "another name than __proto__");
    checked[name] = validate(field, `schema.${kind}.${name}`);
  }
  return checked;
}

function validateSparseField(field: unknown, where: string): SparseField {
  const { modifier, ...rest } = plainObject(field, where, "an object, {} or {modifier}");
  rejectKeys(rest, where, "`modifier`");
  if (modifier === undefined) return {};
  return { modifier: oneOf(modifier, `${where}.modifier`, ["none", "idf"]) as "none" | "idf" };
}

function validateMultiField(field: unknown, where: string): MultiField {
  const { dimension, metric, ...rest } = plainObject(field, where, "an object with `dimension`");
  rejectKeys(rest, where, "`dimension` and `metric`");
  return {
    dimension: integer(dimension, `${where}.dimension`, 1, 65_536),
    ...(metric !== undefined && {
      metric: oneOf(metric, `${where}.metric`, metrics) as MultiField["metric"] & string,
    }),
  };
}

/** Any JSON object, copied. @throws FrancaError invalid_argument */
export function validateSettings(settings: unknown, where: string): { [key: string]: JsonValue } {
  return validatePayload(settings, declaredTree({}), where);
}

export function validatePayloadFields(
  fields: unknown,
  where: string,
  paths: PathSyntax = "implicit",
): { [path: string]: PayloadField } {
  const checked: { [path: string]: PayloadField } = {};
  for (const [path, field] of Object.entries(plainObject(fields, where, "payload fields by path"))) {
    const at = readPath(path, paths);
    const first = at?.syntax === "explicit" ? at.steps[0] : { key: at?.keys[0] };
    if (at === undefined || path === "__proto__" || (first as { key: string }).key === reservedKey)
      throw badInput(where, `for each field ${pathExamples[paths]}, without empty keys`, path);
    checked[path] = validatePayloadField(field, `${where}.${path}`);
  }
  return checked;
}

function validateVectorField(field: unknown, where: string): VectorField {
  const { dimension, metric, index, hnsw, model, ...rest } = plainObject(
    field,
    where,
    "an object with `dimension`",
  );
  rejectKeys(rest, where, "`dimension`, `metric`, `index`, `hnsw` and `model`");
  const checked: VectorField = { dimension: integer(dimension, `${where}.dimension`, 1, 65_536) };
  if (metric !== undefined)
    checked.metric = oneOf(metric, `${where}.metric`, metrics) as VectorField["metric"] & string;
  if (index !== undefined)
    checked.index = oneOf(index, `${where}.index`, ["hnsw", "flat"]) as "hnsw" | "flat";
  if (hnsw !== undefined) checked.hnsw = validateHnsw(hnsw, `${where}.hnsw`);
  if (model !== undefined) {
    const { id, revision, ...more } = plainObject(
      model,
      `${where}.model`,
      "an object with `id` and `revision`",
    );
    rejectKeys(more, `${where}.model`, "`id` and `revision`");
    if (typeof id !== "string") throw badInput(`${where}.model.id`, "a string", id ?? String(id));
    if (typeof revision !== "string")
      throw badInput(`${where}.model.revision`, "a string", revision ?? String(revision));
    checked.model = { id, revision };
  }
  return checked;
}

function validateHnsw(hnsw: unknown, where: string): NonNullable<VectorField["hnsw"]> {
  const { m, efConstruction, seed, ...rest } = plainObject(
    hnsw,
    where,
    "an object with `m`, `efConstruction`, `seed`",
  );
  rejectKeys(rest, where, "`m`, `efConstruction` and `seed`");
  return {
    ...(m !== undefined && { m: integer(m, `${where}.m`, 2, 64) }),
    ...(efConstruction !== undefined && {
      efConstruction: integer(efConstruction, `${where}.efConstruction`, 1, 65_536),
    }),
    ...(seed !== undefined && { seed: integer(seed, `${where}.seed`, 0, 2 ** 32 - 1) }),
  };
}

function validatePayloadField(field: unknown, where: string): PayloadField {
  const { type, lenient, language, analysis, k1, b, ...rest } = plainObject(
    field,
    where,
    "an object with `type`",
  );
  rejectKeys(rest, where, "`type`, `lenient`, and for text `language`, `analysis`, `k1` and `b`");
  if (lenient !== undefined && typeof lenient !== "boolean")
    throw badInput(`${where}.lenient`, "true or false", lenient ?? "null");
  oneOf(type, `${where}.type`, payloadTypes);
  if (type !== "text") {
    const extra = Object.entries({ language, analysis, k1, b }).find(([, value]) => value !== undefined);
    if (extra !== undefined)
      throw badInput(`${where}.${extra[0]}`, `nothing: it is for text fields, and this one is ${type}`);
    return { type: type as Exclude<PayloadField["type"], "text">, ...(lenient === true && { lenient }) };
  }
  if (language !== undefined) oneOf(language, `${where}.language`, ["english", "none"]);
  if (analysis !== undefined && language !== undefined)
    throw badInput(`${where}.analysis`, "either analysis or language");
  if (k1 !== undefined) number(k1, `${where}.k1`, 0, 1000);
  if (b !== undefined) number(b, `${where}.b`, 0, 1);
  return {
    type: "text",
    ...(lenient === true && { lenient }),
    ...(language !== undefined && { language: language as "english" | "none" }),
    ...(analysis !== undefined && { analysis: validateAnalysis(analysis, `${where}.analysis`) }),
    ...(k1 !== undefined && { k1: k1 as number }),
    ...(b !== undefined && { b: b as number }),
  };
}

function integer(value: unknown, where: string, least: number, most: number): number {
  if (!Number.isSafeInteger(value))
    throw badInput(where, `an integer from ${least} to ${most}`, value ?? String(value));
  return number(value, where, least, most);
}

function number(value: unknown, where: string, least: number, most: number): number {
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw badInput(where, `a number from ${least} to ${most}`, value ?? String(value));
  }
  return value;
}

function oneOf(value: unknown, where: string, allowed: readonly string[]): string {
  if (typeof value !== "string" || !allowed.includes(value)) {
    throw badInput(where, `one of ${allowed.join(", ")}`, value ?? String(value));
  }
  return value;
}

/** Whether two checked schemas say the same, defaults written out or not, whatever their settings. */
export function schemasEqual(a: CollectionSchema, b: CollectionSchema): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

function canonical(schema: CollectionSchema): unknown {
  const vectors = Object.entries(schema.vectors).map(([name, field]) => {
    const { dimension, metric = "cosine", index = "hnsw", hnsw = {}, model } = field;
    const { m = 16, efConstruction = 200, seed = 42 } = hnsw;
    return [name, dimension, metric, index, m, efConstruction, seed, model?.id, model?.revision];
  });
  const payload = Object.entries(schema.payload ?? {}).map(([path, field]) => {
    const lenient = field.lenient ?? false;
    if (field.type !== "text") return [path, field.type, lenient];
    const cut =
      field.analysis === undefined ? (field.language ?? "english") : canonicalAnalysis(field.analysis);
    return [path, field.type, lenient, cut, field.k1 ?? 1.2, field.b ?? 0.75];
  });
  const sparse = Object.entries(schema.sparse ?? {}).map(([name, { modifier }]) => [
    name,
    modifier ?? "none",
  ]);
  const multi = Object.entries(schema.multi ?? {}).map(([name, { dimension, metric }]) => [
    name,
    dimension,
    metric ?? "cosine",
  ]);
  const byName = (x: unknown[], y: unknown[]) => (String(x[0]) < String(y[0]) ? -1 : 1);
  return [
    vectors.sort(byName),
    payload.sort(byName),
    sparse.sort(byName),
    multi.sort(byName),
    schema.paths ?? "implicit",
  ];
}
