/** From the parameters of a payload index to a declared field of the model. */
import type { PayloadField } from "../../../model/schema.ts";
import type { JsonObject } from "../requests/shape.ts";
import { textAnalysisOf } from "./text-analysis.ts";

/** @throws FrancaError unimplemented for ways to cut text that the model lacks: other words would match in silence */
export function payloadFieldOf({ type, ...params }: JsonObject): PayloadField {
  if (type !== "text") return { type: type as Exclude<PayloadField["type"], "text">, lenient: true };
  return { type: "text", lenient: true, analysis: textAnalysisOf(params) };
}
