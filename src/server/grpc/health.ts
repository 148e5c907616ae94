/**
 * grpc.health.v1.Health, hosted beside every dialect: Check and Watch. Whatever service is asked for, the answer is about the
 * server as a whole, since clients in use ask for names that no server has.
 */
import { setTimeout as after } from "node:timers/promises";
import type { GrpcMethod } from "../../dialect.ts";
import type { Host } from "../host.ts";
import { readinessOf } from "../readiness.ts";

/** HealthCheckResponse {ServingStatus status = 1}, in protobuf: SERVING is 1, NOT_SERVING 2. */
const serving = Uint8Array.of(0x08, 1);
const notServing = Uint8Array.of(0x08, 2);

/** How often a Watch looks for a change. */
const lookEveryMs = 500;

export function healthMethods(host: Host): { readonly [name: string]: GrpcMethod } {
  const check = async (): Promise<Uint8Array> => ((await readinessOf(host)).ready ? serving : notServing);
  return {
    "/grpc.health.v1.Health/Check": { access: "open", kind: "health", handle: check },
    "/grpc.health.v1.Health/Watch": {
      access: "open",
      kind: "health",
      async *stream(_messages, { signal }) {
        let said: Uint8Array | undefined;
        while (!signal.aborted) {
          const now = await check();
          if (now !== said) yield now;
          said = now;
          await after(lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
        }
      },
    },
  };
}
