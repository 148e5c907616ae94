/**
 * Franca's own wire: the calls of Store and Collection as REST. Paths begin with /franca/v1, so that it can share a port with
 * a vendor's dialect.
 */
import type { Dialect, Reply } from "../../dialect.ts";
import type { FrancaError } from "../../errors.ts";
import { errorJson } from "./error-json.ts";
import { pointMethods } from "./grpc/methods.ts";
import { operations } from "./operations.ts";

export const francaDialect: Dialect = {
  name: "franca",
  ports: { rest: 6333, grpc: 6335 },
  routes: operations,
  methods: pointMethods,
  credentials(header) {
    const bearer = header("authorization")?.match(/^Bearer +(.+)$/i)?.[1];
    return bearer ?? header("api-key");
  },
  failure,
};

function failure(error: FrancaError, status: number): Reply {
  return { status, body: errorJson(error) };
}
