/** A handler that takes objects for inference in the place of vectors: they are embedded before it sees the request. */
import type { Embedder, EmbedRole } from "../../../embedder.ts";
import { badRequest, wrongInput } from "../errors.ts";
import type { Context, Handler } from "../handler.ts";
import { bm25Of } from "./bm25.ts";
import type { Models } from "./models.ts";
import type { Found, Places } from "./places.ts";

/** Vectors take the places of the objects in the request itself, which nobody else holds. */
export function inferring<Result>(
  places: Places,
  role: EmbedRole,
  handler: Handler<Result>,
): Handler<Result> {
  return (store, params, request, context) => {
    const found = places(request);
    if (found.length === 0) return handler(store, params, request, context);
    return infer(found, role, context).then(() => handler(store, params, request, context));
  };
}

/** @throws FrancaError invalid_argument, and what the models throw */
async function infer(found: readonly Found[], role: EmbedRole, { models, signal }: Context): Promise<void> {
  for (const [name, asked] of byModel(found)) {
    if (name.toLowerCase() === "qdrant/bm25") {
      for (const one of asked) {
        if (one.isUnnamed) throw badRequest("Sparse vector should be named");
        one.holder[one.key] = bm25Of(one.object.options)(textOf(one), role);
      }
      continue;
    }
    const embedder = await opened(name, models);
    const texts = [...new Set(asked.map(textOf))];
    const { vectors } = await embedder.embedText(texts, { role, signal });
    const { dimension } = embedder;
    const rows = new Map(texts.map((text, i) => [text, vectors.slice(i * dimension, (i + 1) * dimension)]));
    for (const one of asked) one.holder[one.key] = rows.get(textOf(one));
  }
}

function byModel(found: readonly Found[]): Map<string, Found[]> {
  const models = new Map<string, Found[]>();
  for (const one of found) {
    const { model } = one.object;
    if (typeof model !== "string")
      throw wrongInput("the `model` of an object for inference must be a string");
    models.set(model, [...(models.get(model) ?? []), one]);
  }
  return models;
}

function opened(name: string, models: Models): Promise<Embedder> {
  const known = models.names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return models.open(known);
  const served = ["qdrant/bm25", ...models.names].map((one) => JSON.stringify(one)).join(", ");
  throw wrongInput(`model ${JSON.stringify(name)} is not served here; served are ${served}`);
}

function textOf({ object, kind }: Found): string {
  const { [kind]: data, model } = object;
  if (kind !== "image" && typeof data === "string") return data;
  throw wrongInput(
    `model ${JSON.stringify(model)} embeds text only; got ${kind === "image" ? "an image" : "an object"}`,
  );
}
