/** Errors on Franca's own wire. */
import type { FrancaError } from "../../errors.ts";
import { jsonOf } from "./write-json.ts";

/** Whatever its details are. */
export function errorJson({ code, message, details }: FrancaError): string {
  // Is told by HTTP itself.
  const { httpStatus: _, ...told } = details;
  return jsonOf({ error: { code, message, details: told } });
}
