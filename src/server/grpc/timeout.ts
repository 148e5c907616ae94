/** The header `grpc-timeout`: up to eight digits and a unit. */
import { FrancaError } from "../../errors.ts";

const unitsMs: { readonly [unit: string]: number } = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** In milliseconds; undefined without the header. @throws FrancaError invalid_argument */
export function grpcTimeoutMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  if (unit !== undefined) return Number(digits) * unitsMs[unit]!;
  throw new FrancaError(
    "invalid_argument",
    `grpc-timeout: expected up to eight digits and one of H, M, S, m, u, n; got ${JSON.stringify(header)}`,
  );
}
