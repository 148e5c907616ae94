/** Validators (ajv's, not ours) of what the OpenAPI document says. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { OpenApiDocument } from "../../../src/dialects/franca/openapi.ts";

const made = new WeakMap<OpenApiDocument, Ajv2020>();

/** Of a schema that refers to components of the document. */
export function componentValidator(document: OpenApiDocument, schema: object): ValidateFunction {
  let ajv = made.get(document);
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: false });
    ajv.addSchema({ $id: "document", components: document.components }, undefined, undefined, false);
    ajv.addVocabulary(["components"]);
    made.set(document, ajv);
  }
  const { $ref } = schema as { $ref: string };
  return ajv.getSchema(`document${$ref}`)!;
}
