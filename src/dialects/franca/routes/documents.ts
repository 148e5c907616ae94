/** The description of all operations: for programs, and for people. */
import { openApiOf } from "../openapi.ts";
import { type Operation, operation } from "../operation.ts";
import { referencePage } from "../reference/page.ts";
import { documentSchema, pageSchema } from "../schemas/server.ts";

/** @param operations all there are, with these; asked for when it is first needed */
export function documentOperations(operations: () => readonly Operation[]): readonly Operation[] {
  let document: string | undefined;
  let page: string | undefined;
  return [
    operation({
      method: "GET",
      path: "/openapi.json",
      access: "open",
      kind: "read",
      id: "openApiDocument",
      tag: "Server",
      summary: "This document",
      reply: documentSchema,
      replyType: "application/json",
      handle() {
        document ??= JSON.stringify(openApiOf(operations()));
        return { body: document };
      },
    }),
    operation({
      method: "GET",
      path: "/reference",
      access: "open",
      kind: "read",
      id: "referencePage",
      tag: "Server",
      summary: "This document as a page to read",
      reply: pageSchema,
      replyType: "text/html",
      handle() {
        page ??= referencePage(openApiOf(operations()));
        return {
          headers: {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy":
              "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
          },
          body: page,
        };
      },
    }),
  ];
}
