/** Recommendations without a limit: Qdrant's gRPC takes them, and nothing is what they find. */
import type { Handler } from "../handler.ts";

interface Request {
  readonly limit?: number | bigint;
  readonly searches?: readonly Request[];
}

/** One is asked for, so that whatever else is wrong is told. */
const atLeastOne = (request: Request): Request => ({ ...request, limit: request.limit || 1 });

export function recommendation(handler: Handler): Handler {
  return async (store, params, request, context) => {
    const found = await handler(store, params, atLeastOne(request as Request), context);
    return (request as Request).limit ? found : [];
  };
}

export function recommendations(handler: Handler): Handler {
  return async (store, params, request, context) => {
    const { searches = [] } = request as Request;
    const asked = { ...(request as Request), searches: searches.map(atLeastOne) };
    const found = (await handler(store, params, asked, context)) as unknown[];
    return found.map((points, i) => (searches[i]?.limit ? points : []));
  };
}
