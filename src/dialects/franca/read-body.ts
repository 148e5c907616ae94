/** A request's body: JSON or a frame, of the outer shape that its operation documents. */
import * as z from "zod";
import type { DialectRequest, JsonShape } from "../../dialect.ts";
import { FrancaError } from "../../errors.ts";
import { badInput } from "../../model/bad-input.ts";
import { decodeFrame } from "./frame.ts";
import { frameType } from "./wire.ts";

export interface BodySpec<B> {
  readonly schema: z.ZodType<B>;
  /** Without it none is as good as {}. */
  readonly isRequired?: boolean;
  /** Where its vectors are. */
  readonly shape?: JsonShape;
}

/** @throws FrancaError invalid_argument, and whatever the reader of the body throws */
export async function readBody<B>(request: DialectRequest, spec: BodySpec<B>): Promise<B> {
  const given = await received(request, spec.shape);
  if (given === undefined && spec.isRequired) throw badInput("body", "a JSON object", "nothing");
  const result = spec.schema.safeParse(given === undefined ? {} : given);
  if (result.success) return result.data;
  throw misfit(result.error.issues[0]!, given, spec.schema);
}

/** @throws FrancaError invalid_argument */
export async function expectNoBody({ body }: DialectRequest): Promise<void> {
  const { byteLength } = await body.bytes();
  if (byteLength > 0) throw badInput("body", "none", `${byteLength} bytes`);
}

function received({ header, body }: DialectRequest, shape: JsonShape | undefined): Promise<unknown> {
  const given = header("content-type") ?? "application/json";
  const type = given.split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/json" || type.endsWith("+json")) return body.json(shape);
  if (type === frameType) return body.bytes().then(decodeFrame);
  throw new FrancaError(
    "invalid_argument",
    `content-type: expected application/json or ${frameType}; got ${JSON.stringify(given)}`,
    { details: { httpStatus: 415 } },
  );
}

function misfit(issue: z.core.$ZodIssue, given: unknown, schema: z.ZodType): FrancaError {
  const where = `body${issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")}`;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const shape = schema instanceof z.ZodObject && issue.path.length === 0 ? Object.keys(schema.shape) : [];
    return badInput(`${where}.${key}`, shape.length === 0 ? "another key" : `only ${shape.join(", ")}`, key);
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as { [key: PropertyKey]: unknown } | undefined)?.[key],
    given,
  );
  return badInput(where, expectedBy(issue), value ?? String(value));
}

/** In our words; the schema's speak to who wrote it. */
function expectedBy(issue: z.core.$ZodIssue): string {
  const bound =
    issue.code === "too_small"
      ? `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`
      : issue.code === "too_big"
        ? `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`
        : undefined;
  if (bound === undefined) {
    return issue.message.replace(/^Invalid \w+: (expected )?/, "").replace(/, received .*$/, "");
  }
  const { origin } = issue as { origin: string };
  return origin === "array"
    ? `${bound} items`
    : origin === "string"
      ? `${bound} characters`
      : `a number of ${bound}`;
}
