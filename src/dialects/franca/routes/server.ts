/** What server this is. */
import { answer, type Operation, operation } from "../operation.ts";
import { serverReplySchema } from "../schemas/server.ts";
import { version } from "../version.ts";

export const serverOperations: readonly Operation[] = [
  operation({
    method: "GET",
    path: "",
    access: "read",
    kind: "read",
    id: "describeServer",
    tag: "Server",
    summary: "Which server this is, and what its store can do",
    reply: serverReplySchema,
    handle: (request) => answer(request, { name: "franca", version, abilities: request.store.abilities }),
  }),
];
