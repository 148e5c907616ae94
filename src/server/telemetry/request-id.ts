/** By which a request is known in the log, in its trace and to its client: the client's own where that is sane. */
import { randomUUID } from "node:crypto";
import type { ObservedRequest } from "../observer.ts";

const sane = /^[\w.:-]{1,128}$/;

export function requestIdOf({ header }: ObservedRequest): string {
  const given = header("x-request-id");
  return given !== undefined && sane.test(given) ? given : randomUUID();
}
