/** The dialects that `franca serve` can speak. */
import type { Dialect } from "../../dialect.ts";
import { francaDialect } from "../../dialects/franca/dialect.ts";
import { createQdrantDialect } from "../../dialects/qdrant/dialect.ts";
import { snapshotsInFolder } from "../../dialects/qdrant/snapshots/folder-node.ts";
import { UsageError } from "../command.ts";
import { packagedModels } from "./models.ts";
import { type Configuration, usualFolder } from "./settings.ts";

export const dialects: readonly Dialect[] = [francaDialect, createQdrantDialect()];

/** As they are served with these settings. @throws UsageError */
export function dialectsNamed({ dialect: names, db = usualFolder, snapshots }: Configuration): Dialect[] {
  return [...new Set(names)].map((name) => {
    const found = dialects.find((dialect) => dialect.name === name);
    if (found === undefined) {
      const known = dialects.map((dialect) => dialect.name).join(", ");
      throw new UsageError(`--dialect: expected some of ${known}; got "${name}"`);
    }
    if (name !== "qdrant") return found;
    const folder = snapshots ?? (db === ":memory:" ? undefined : `${db.replace(/\/+$/, "")}-snapshots`);
    return createQdrantDialect({
      models: packagedModels,
      ...(folder !== undefined && { snapshots: snapshotsInFolder(folder) }),
    });
  });
}
