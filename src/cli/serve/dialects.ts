/** The dialects that `franca serve` can speak. */
import type { Dialect } from "../../dialect.ts";
import { francaDialect } from "../../dialects/franca/dialect.ts";
import { createQdrantDialect } from "../../dialects/qdrant/dialect.ts";
import { UsageError } from "../command.ts";
import { packagedModels } from "./models.ts";

export const dialects: readonly Dialect[] = [francaDialect, createQdrantDialect({ models: packagedModels })];

/** @throws UsageError */
export function dialectsNamed(names: readonly string[]): Dialect[] {
  return [...new Set(names)].map((name) => {
    const found = dialects.find((dialect) => dialect.name === name);
    if (found !== undefined) return found;
    const known = dialects.map((dialect) => dialect.name).join(", ");
    throw new UsageError(`--dialect: expected some of ${known}; got "${name}"`);
  });
}
