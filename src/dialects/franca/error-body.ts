/** Errors as the wire tells them. */
import type { FrancaError } from "../../errors.ts";
import { toJson } from "./json.ts";

export function errorBody({ code, message, details }: FrancaError): string {
  const { httpStatus: _, ...told } = details;
  return toJson({ error: { code, message, details: told } });
}
