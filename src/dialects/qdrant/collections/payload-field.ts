/** From the parameters of a payload index to a declared field of the model. */
import type { PayloadField } from "../../../model/schema.ts";
import type { JsonObject } from "../requests/shape.ts";

export function payloadFieldOf({ type }: JsonObject): PayloadField {
  if (type === "text") return { type, lenient: true, language: "none" };
  return { type: type as Exclude<PayloadField["type"], "text">, lenient: true };
}
