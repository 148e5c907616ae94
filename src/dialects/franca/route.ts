/** A route of Franca's wire: a call of Store or Collection, with what the document tells of it. */
import type { z } from "zod";
import type { DialectRequest, Reply, Route } from "../../dialect.ts";
import type { Collection } from "../../store.ts";
import { bodyAs, reply } from "./body.ts";

export interface FrancaRoute extends Route {
  readonly tag: "service" | "collections" | "aliases" | "points" | "maintenance";
  readonly summary: string;
  /** Of the request; absent where there is none. */
  readonly body?: z.ZodType;
  /** Of the reply in JSON; absent where the reply is something else, as `replyType` says. */
  readonly reply?: z.ZodType;
  readonly replyType?: string;
}

/** A route that takes a body and answers with a value. */
export function call<T>(
  route: Omit<FrancaRoute, "handle" | "body"> & { body: z.ZodType<T> },
  act: (request: DialectRequest, body: T) => Promise<unknown>,
): FrancaRoute {
  return {
    ...route,
    async handle(request): Promise<Reply> {
      return reply(request, await act(request, await bodyAs(request, route.body)));
    },
  };
}

/** A route that takes no body. */
export function look(
  route: Omit<FrancaRoute, "handle" | "body">,
  act: (request: DialectRequest) => Promise<unknown>,
): FrancaRoute {
  return { ...route, handle: async (request) => reply(request, await act(request)) };
}

/** The collection that the path names. */
export function collectionOf({ store, params }: DialectRequest): Promise<Collection> {
  return store.collection(params.collection!);
}
