/** Formulas. They come with the model's expressions. */
import { formatError } from "../errors.ts";

export function readFormula(_: unknown, path: string): unknown {
  throw formatError(`${path}: formulas are not served yet`);
}
