/** Statistics, and bringing indexes and files up to date. */
import { z } from "zod";
import type { DialectRequest, Reply } from "../../../dialect.ts";
import { FrancaError, isFrancaError } from "../../../errors.ts";
import type { Collection, OptimizeProgress } from "../../../store.ts";
import { errorBody } from "../error-body.ts";
import { collectionOf, type FrancaRoute, look } from "../route.ts";
import { stats } from "../schemas/queries.ts";
import { linesType, root } from "../wire.ts";

const path = `${root}/collections/:collection`;

export const maintenanceRoutes: readonly FrancaRoute[] = [
  look(
    {
      method: "GET",
      path: `${path}/stats`,
      access: "read",
      kind: "read",
      tag: "maintenance",
      summary: "Counts, bytes on disk and in memory, measured recall, warnings",
      reply: stats,
    },
    async (request) => (await collectionOf(request)).stats(),
  ),
  {
    method: "POST",
    path: `${path}/optimize`,
    access: "write",
    kind: "admin",
    tag: "maintenance",
    summary:
      "Brings indexes up to date and gives back what deleted points take; a line of JSON for each step, {done: true} at the end",
    body: z.strictObject({}).optional() as z.ZodType,
    replyType: linesType,
    async handle(request): Promise<Reply> {
      const collection = await collectionOf(request);
      return { headers: { "content-type": linesType }, body: progressOf(collection, request) };
    },
  },
];

async function* progressOf(collection: Collection, { signal }: DialectRequest): AsyncIterable<string> {
  const waiting: OptimizeProgress[] = [];
  let wake = (): void => {};
  let end: { error?: unknown } | undefined;
  const over = (error?: unknown): void => {
    end = error === undefined ? {} : { error };
    wake();
  };
  collection
    .optimize({
      signal,
      onProgress(progress) {
        waiting.push(progress);
        wake();
      },
    })
    .then(
      () => over(),
      (error) => over(error ?? new FrancaError("unknown", "optimize failed")),
    );
  for (;;) {
    // Only the last of what came while the client was slow.
    const progress = waiting.pop();
    waiting.length = 0;
    if (progress !== undefined) yield `${JSON.stringify(progress)}\n`;
    else if (end !== undefined) break;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  if (end.error === undefined) yield '{"done":true}\n';
  else if (isFrancaError(end.error)) yield `${errorBody(end.error)}\n`;
  // The answer has begun: the connection is broken off, and the host tells its log.
  else throw end.error;
}
