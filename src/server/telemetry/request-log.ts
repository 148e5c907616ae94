/** Tells the log of each request, of slow queries, and of warnings that answers carry; and gives every request its id. */
import { trace } from "@opentelemetry/api";
import type { Warning } from "../../model/result.ts";
import type { Observer } from "../observer.ts";
import type { ServerLog } from "./log.ts";
import { requestIdOf } from "./request-id.ts";
import { type SlowQueryFacts, slowQuery } from "./slow-queries.ts";
import { watchedStore } from "./watched-store.ts";

/** What is wrong with a collection, rather than with a query. */
const lasting: ReadonlySet<Warning["code"]> = new Set([
  "derived_rebuilt",
  "damaged_points",
  "tail_cut",
  "background_failed",
]);

export interface RequestLogOptions {
  log: ServerLog;
  /** Infinite: none is told. */
  slowQueryMs: number;
}

export function requestLog({ log, slowQueryMs }: RequestLogOptions): Observer {
  return {
    begin(request) {
      const requestId = requestIdOf(request);
      const slow: SlowQueryFacts[] = [];
      let traceId: string | undefined;
      return {
        requestId,
        store: (store) =>
          watchedStore(store, {
            explain: Number.isFinite(slowQueryMs),
            found() {},
            dropped() {},
            wrote() {},
            queried(query) {
              if (query.timeMs >= slowQueryMs) slow.push(slowQuery(query));
              for (const warning of query.result?.warnings ?? []) {
                if (lasting.has(warning.code)) log.storeWarning(query.collection, warning);
              }
            },
          }),
        run(work) {
          const span = trace.getActiveSpan();
          traceId = span?.spanContext().traceId;
          span?.setAttribute("franca.request_id", requestId);
          return work();
        },
        end(outcome) {
          // Who asked is known now.
          const { caller } = outcome;
          for (const facts of slow) {
            log.slowQuery({ ...facts, requestId, traceId, dialect: request.dialect, caller });
          }
          log.request(request, { requestId, traceId }, outcome);
        },
      };
    },
  };
}
