/** Writes one after the other. The first that fails ends it; those before it stay. */
import { opened } from "../collections/opened.ts";
import { formatError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { isList, objectAt } from "../requests/shape.ts";
import { deletePoints } from "./delete.ts";
import type { WriteOperation } from "./operation.ts";
import { clearPayload, deletePayload, overwritePayload, setPayload } from "./payload.ts";
import { upsert } from "./upsert.ts";
import { deleteVectors, updateVectors } from "./vectors.ts";
import { type UpdateResult, written } from "./written.ts";

const operations: { readonly [name: string]: WriteOperation } = {
  upsert,
  delete: deletePoints,
  set_payload: setPayload,
  overwrite_payload: overwritePayload,
  delete_payload: deletePayload,
  clear_payload: clearPayload,
  update_vectors: updateVectors,
  delete_vectors: deleteVectors,
};

export const batchUpdate: Handler<UpdateResult[]> = async (store, params, given, { signal }) => {
  const { operations: asked } = objectAt(given, "");
  if (!isList(asked)) throw formatError("missing field `operations`");
  const steps = Array.from(asked, (one, i) => {
    const at = `operations[${i}]`;
    const [name = "", request] =
      Object.entries(objectAt(one, at)).find(([key]) => Object.hasOwn(operations, key)) ?? [];
    if (request === undefined)
      throw formatError("data did not match any variant of untagged enum UpdateOperation");
    return { operation: operations[name]!, request, path: `${at}.${name}` };
  });
  const to = await opened(store, params);
  const results: UpdateResult[] = [];
  for (const { operation, request, path } of steps)
    results.push(written(await operation(to, request, path, { signal }), params));
  return results;
};
