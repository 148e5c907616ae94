/** The kernel's interface version and its statuses (fk_status of kernel.h) as errors of this project. */
import { cancelledError, FrancaError } from "../../errors.ts";

/** FK_ABI_VERSION of kernel.h. */
export const abiVersion = 5;

export const status = { ok: 0, invalid: 1, noMemory: 2, cancelled: 3, corrupt: 4 } as const;

/**
 * The error for a status other than ok. `explain` words an `invalid`: it looks for the culprit, which is worth
 * its time only once the kernel has refused.
 */
export function statusError(
  code: number,
  what: string,
  explain?: () => FrancaError | undefined,
  signal?: AbortSignal,
): FrancaError {
  switch (code) {
    case status.invalid:
      return explain?.() ?? new FrancaError("invalid_argument", `the kernel refused ${what}`);
    case status.noMemory:
      return new FrancaError(
        "resource_exhausted",
        `there is not enough memory for ${what}; nothing was changed`,
      );
    case status.cancelled:
      return cancelledError(what, signal);
    case status.corrupt:
      return new FrancaError(
        "data_loss",
        "the checkpoint is damaged, of another version, or of another index; the index is as before. " +
          "Build it again from its vectors",
      );
    default:
      return new FrancaError("internal", `the kernel answered ${what} with the unknown status ${code}`);
  }
}

export function check(code: number, what: string, explain?: () => FrancaError | undefined): void {
  if (code !== status.ok) throw statusError(code, what, explain);
}
