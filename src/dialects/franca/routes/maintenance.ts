/** Keeping a collection fast and small, and what it takes. */
import type { DialectRequest } from "../../../dialect.ts";
import { FrancaError } from "../../../errors.ts";
import type { Collection, OptimizeProgress } from "../../../store.ts";
import { errorJson } from "../error-json.ts";
import { answer, type Operation, operation } from "../operation.ts";
import { optimizeLineSchema, statsSchema } from "../schemas/server.ts";
import { linesType } from "../wire.ts";
import { jsonOf } from "../write-json.ts";

const params = { collection: "articles" };

export const maintenanceOperations: readonly Operation[] = [
  operation({
    method: "POST",
    path: "/collections/:collection/optimize",
    access: "write",
    kind: "admin",
    id: "optimizeCollection",
    tag: "Maintenance",
    summary: "Brings indexes up to date, and gives back what deleted points take",
    description:
      "The answer is a stream of lines while it works. What is left undone when the client goes away is harmless, and done later.",
    reply: optimizeLineSchema,
    replyType: linesType,
    errors: ["not_found"],
    example: { params, reply: { stage: "build", field: "embedding", done: 1000, total: 5000 } },
    async handle({ store, params, signal }) {
      const collection = await store.collection(params.collection!);
      return { headers: { "content-type": linesType }, body: progressLines(collection, signal) };
    },
  }),
  operation({
    method: "GET",
    path: "/collections/:collection/stats",
    access: "read",
    kind: "read",
    id: "collectionStats",
    tag: "Maintenance",
    summary: "What a collection takes, and how well it is searched",
    reply: statsSchema,
    errors: ["not_found"],
    example: { params },
    async handle(request) {
      const collection = await request.store.collection(request.params.collection!);
      return answer(request, await collection.stats());
    },
  }),
];

/** No faster than they are read: of what came meanwhile the last of each stage and field is told. */
async function* progressLines(
  collection: Collection,
  signal: DialectRequest["signal"],
): AsyncIterable<string> {
  const abandoned = new AbortController();
  const news = new Map<string, OptimizeProgress>();
  let wake = (): void => {};
  let end: string | undefined;
  collection
    .optimize({
      signal: AbortSignal.any([signal, abandoned.signal]),
      onProgress(progress) {
        news.set(`${progress.stage} ${progress.field}`, progress);
        wake();
      },
    })
    .then(
      () => jsonOf({ done: true }),
      (error) => errorJson(asFrancaError(error)),
    )
    .then((line) => {
      end = line;
      wake();
    });
  try {
    while (true) {
      const told = [...news.values()];
      news.clear();
      for (const progress of told) yield `${jsonOf(progress)}\n`;
      if (news.size > 0) continue;
      if (end !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    yield `${end}\n`;
  } finally {
    abandoned.abort();
  }
}

function asFrancaError(error: unknown): FrancaError {
  if (error instanceof FrancaError) return error;
  return new FrancaError("internal", "an unexpected failure; the server's log says more", { cause: error });
}
