/**
 * An operation: a route of Franca's own wire with all that its document says of it. `operation` makes the handler around it:
 * nothing undocumented gets in, and the answer is of the form that the client asked for.
 */
import type * as z from "zod";
import type { DialectRequest, Reply, Route } from "../../dialect.ts";
import type { ErrorCode } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { encodeFrame } from "./frame.ts";
import { type BodySpec, expectNoBody, readBody } from "./read-body.ts";
import { frameType, root } from "./wire.ts";
import { jsonOf } from "./write-json.ts";

export interface Operation extends Route {
  readonly document: OperationDocument;
}

export interface OperationDocument {
  /** Unique; names of generated clients' methods are made of it. */
  readonly id: string;
  readonly tag: "Server" | "Collections" | "Aliases" | "Points" | "Search" | "Maintenance";
  readonly summary: string;
  readonly description?: string;
  readonly body?: BodySpec<unknown>;
  readonly reply: z.ZodType;
  /** Of the reply. Default JSON, or a frame. */
  readonly replyType?: string;
  /** Beside those that every request may meet. */
  readonly errors?: readonly ErrorCode[];
  readonly example?: {
    readonly params?: { readonly [name: string]: string };
    readonly body?: unknown;
    readonly reply?: unknown;
  };
}

interface Spec<B> extends Omit<OperationDocument, "body"> {
  readonly method: Route["method"];
  /** Below the root: "/collections/:collection". */
  readonly path: string;
  readonly access: Route["access"];
  readonly kind: Route["kind"];
  readonly body?: BodySpec<B>;
  handle(request: DialectRequest, body: B): Promise<Reply> | Reply;
}

export function operation<B = undefined>(spec: Spec<B>): Operation {
  const { method, path, access, kind, handle, body, ...others } = spec;
  return {
    method,
    path: `${root}${path}`,
    access,
    kind,
    document: { ...others, ...(body && { body }) },
    async handle(request) {
      for (const name of request.query.keys()) throw badInput("the URL", "no parameters", name);
      if (body !== undefined) return handle(request, await readBody(request, body));
      await expectNoBody(request);
      return handle(request, undefined as B);
    },
  };
}

/** The answer as a frame where the client takes one, else as JSON, which `toJson` may write faster. */
export function answer<T>(
  { header }: DialectRequest,
  value: T,
  toJson: (value: T) => string = jsonOf,
): Reply {
  if (!header("accept")?.includes(frameType)) return { body: toJson(value) };
  return { headers: { "content-type": frameType }, body: encodeFrame(value) };
}
