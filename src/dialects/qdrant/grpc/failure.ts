/** Errors as Qdrant's gRPC says them: in its words, which know no JSON and no path. */
import { FrancaError } from "../../../errors.ts";
import { inQdrantsWords } from "../errors.ts";

export function grpcFailure(error: FrancaError): FrancaError {
  const told = inQdrantsWords(error);
  const message = told.message
    .replace(/^Validation error in JSON body: /, "Validation error in body: ")
    .replace(/^Validation error in path parameters: \[name: /, "Validation error in body: [collection_name: ")
    .replace(/^Format error in JSON body: /, "");
  if (message === told.message) return told;
  return new FrancaError(told.code, message, { details: told.details, cause: told.cause });
}
