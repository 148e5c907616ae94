/**
 * The server listens at once; its collections are opened beside that, one after the other, and what is wrong with one is told. A
 * request for one that is not open yet opens it, and waits for it alone.
 */
import { FrancaError, isFrancaError } from "../../errors.ts";
import type { Readiness } from "../../server/readiness.ts";
import type { ServerLog } from "../../server/telemetry/log.ts";
import type { Store } from "../../store.ts";

export interface Opening {
  /** What is not open, or cannot be; the server is ready all the same, for all others. */
  readiness(): Readiness;
  /** Opens no more; resolves when none is being opened. */
  stop(): Promise<void>;
}

export function openCollections(store: Store, log: Pick<ServerLog, "warning" | "storeWarning">): Opening {
  const broken = new Map<string, string>();
  let left: string[] = [];
  let isStopped = false;
  const done = (async () => {
    left = await store.list();
    while (!isStopped && left.length > 0) {
      const name = left[0]!;
      try {
        const { warnings } = await (await store.collection(name)).stats();
        for (const warning of warnings) log.storeWarning(name, warning);
      } catch (error) {
        // Dropped meanwhile: there is nothing to open.
        if (!isFrancaError(error, "not_found")) {
          const failure = isFrancaError(error)
            ? error
            : new FrancaError("internal", `collection ${name} cannot be opened`, { cause: error });
          broken.set(name, failure.code);
          log.warning(failure);
        }
      }
      left.shift();
    }
  })();
  done.catch((error) =>
    log.warning(
      isFrancaError(error)
        ? error
        : new FrancaError("internal", "collections cannot be listed", { cause: error }),
    ),
  );
  return {
    readiness: () => ({
      ready: true,
      problems: [
        ...(left.length > 0 ? [`${left.length} collections are not open yet`] : []),
        ...[...broken].map(
          ([name, code]) => `collection ${JSON.stringify(name)} could not be opened: ${code}`,
        ),
      ],
    }),
    async stop() {
      isStopped = true;
      await done.catch(() => {});
    },
  };
}
