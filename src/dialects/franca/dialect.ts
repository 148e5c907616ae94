/**
 * Franca's own wire: the calls of Store and Collection as REST. Paths begin with /franca/v1, so that it can share a port with
 * a vendor's dialect.
 */
import type { Dialect } from "../../dialect.ts";
import { errorBody } from "./error-body.ts";
import type { FrancaRoute } from "./route.ts";
import { aliasRoutes } from "./routes/aliases.ts";
import { collectionRoutes } from "./routes/collections.ts";
import { maintenanceRoutes } from "./routes/maintenance.ts";
import { pointRoutes } from "./routes/points.ts";
import { serviceRoutes } from "./routes/service.ts";

export const francaRoutes: readonly FrancaRoute[] = [
  ...serviceRoutes,
  ...collectionRoutes,
  ...aliasRoutes,
  ...pointRoutes,
  ...maintenanceRoutes,
];

export const francaDialect: Dialect = {
  name: "franca",
  ports: { rest: 6333, grpc: 6335 },
  routes: francaRoutes,
  credentials(header) {
    const bearer = /^Bearer +(.+)$/i.exec(header("authorization") ?? "")?.[1];
    return bearer ?? header("api-key");
  },
  failure: (error, status) => ({ status, body: errorBody(error) }),
};
