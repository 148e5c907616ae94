/** All operations of Franca's own wire, in the order of their document. */
import type { Operation } from "./operation.ts";
import { aliasOperations } from "./routes/aliases.ts";
import { collectionOperations } from "./routes/collections.ts";
import { documentOperations } from "./routes/documents.ts";
import { maintenanceOperations } from "./routes/maintenance.ts";
import { readOperations } from "./routes/reads.ts";
import { searchOperations } from "./routes/search.ts";
import { serverOperations } from "./routes/server.ts";
import { writeOperations } from "./routes/writes.ts";

export const operations: readonly Operation[] = [
  ...serverOperations,
  ...collectionOperations,
  ...aliasOperations,
  ...searchOperations,
  ...writeOperations,
  ...readOperations,
  ...maintenanceOperations,
  ...documentOperations(() => operations),
];
