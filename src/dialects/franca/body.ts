/** Bodies of requests in, values out, in JSON or in frames as the client likes. */
import type { z } from "zod";
import type { DialectRequest, JsonShape, Reply } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { toJson } from "./json.ts";
import { frameType } from "./wire.ts";

/** Where vectors are in bodies, whatever they are called there. */
const shape: JsonShape = {
  vectors: ["vector", "vectors", "nearest", "setVectors"],
  except: ["payload", "setPayload", "overwritePayload", "filter", "ids", "selector"],
};

/** @throws FrancaError invalid_argument, naming the place in the body */
export async function bodyAs<T>(request: DialectRequest, schema: z.ZodType<T>): Promise<T> {
  const type = /^[^;]*/
    .exec(request.header("content-type") ?? "application/json")?.[0]
    .trim()
    .toLowerCase();
  if (type !== frameType && type !== "application/json") {
    throw new FrancaError(
      "invalid_argument",
      `content-type: expected application/json or ${frameType}; got ${type}`,
      {
        details: { httpStatus: 415 },
      },
    );
  }
  const given = type === frameType ? decodeFrame(await request.body.bytes()) : await request.body.json(shape);
  const checked = schema.safeParse(given ?? {});
  if (checked.success) return checked.data;
  throw mistake(checked.error.issues);
}

export function reply(request: DialectRequest, value: unknown): Reply {
  if (!request.header("accept")?.includes(frameType)) return { body: toJson(value) };
  return { body: encodeFrame(value), headers: { "content-type": frameType } };
}

/** The first of what zod found; of a union the alternative that came furthest. */
function mistake(issues: readonly z.core.$ZodIssue[], before: readonly PropertyKey[] = []): FrancaError {
  const issue = issues[0]!;
  const path = [...before, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const furthest = issue.errors.reduce((best, one) => (depth(one) > depth(best) ? one : best));
    if (furthest.length > 0) return mistake(furthest, path);
  }
  if (issue.code === "unrecognized_keys") return badInput(placeOf([...path, issue.keys[0]!]), "no such key");
  return badInput(placeOf(path), issue.message.replace(/^Invalid input: expected /, ""));
}

const depth = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map((issue) => issue.path.length));

function placeOf(path: readonly PropertyKey[]): string {
  return ["body", ...path]
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${String(part)}`))
    .join("");
}
