/**
 * Franca's own wire: the calls of Store and Collection as REST. Paths begin with /franca/v1, so that it can share a port with
 * a vendor's dialect.
 */
import type { Dialect, Reply } from "../../dialect.ts";
import type { FrancaError } from "../../errors.ts";
import { collectionRoutes } from "./collections.ts";

export const francaDialect: Dialect = {
  name: "franca",
  ports: { rest: 6333, grpc: 6335 },
  routes: collectionRoutes,
  credentials(header) {
    const bearer = header("authorization")?.match(/^Bearer +(.+)$/i)?.[1];
    return bearer ?? header("api-key");
  },
  failure,
};

function failure(error: FrancaError, status: number): Reply {
  const { code, message, details } = error;
  return { status, body: JSON.stringify({ error: { code, message, details } }) };
}
