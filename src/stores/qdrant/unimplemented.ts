/** What a Qdrant cannot do as a Store promises it, and why. */
import { FrancaError } from "../../errors.ts";

export function unimplemented(what: string, why: string, details: Record<string, unknown> = {}): FrancaError {
  return new FrancaError("unimplemented", `${what} in a Qdrant: ${why}`, { details });
}
