/** The OpenAPI 3.1 document of Franca's own wire, made of the operations and of the schemas that check them. */
import { type ErrorCode, errorCodes } from "../../errors.ts";
import type { Operation } from "./operation.ts";
import { nameSchema } from "./schemas/collection.ts";
import { componentSchemas, type JsonSchema, referenceTo } from "./schemas/schema.ts";
import { errorSchema } from "./schemas/server.ts";
import { version } from "./version.ts";
import { frameType, linesType, timeoutHeader } from "./wire.ts";

export interface OpenApiDocument {
  readonly "x-generated": string;
  readonly openapi: "3.1.1";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly object[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } };
  readonly components: {
    readonly schemas: { readonly [id: string]: JsonSchema };
    readonly [kind: string]: { readonly [id: string]: unknown };
  };
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters: readonly JsonSchema[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: { readonly [status: string]: OpenApiResponse };
  /** What a key must allow. */
  readonly "x-access": string;
}

export interface OpenApiResponse {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Content;
}

type Content = { readonly [type: string]: { readonly schema: JsonSchema; readonly example?: unknown } };

const tags = [
  { name: "Server", description: "What this server is, and this document." },
  { name: "Collections", description: "Named vector fields and declared payload fields." },
  { name: "Aliases", description: "Second names of collections, moved in one step." },
  { name: "Search", description: "The best points by distance, by words, or by both." },
  { name: "Points", description: "Ids, vectors and payloads: written, read, counted." },
  { name: "Maintenance", description: "Keeping a collection fast and small." },
];

const params: { readonly [name: string]: string } = {
  collection: "Name of the collection. Of one that is there an alias will do, but for dropping it.",
  alias: "The alias.",
};

const description = `Franca's own wire. Bodies are JSON, or frames (\`${frameType}\`): 8 bytes ("FRF1", and the length of the JSON as uint32), the JSON, zeros up to a multiple of four, and float32 numbers, all little-endian. In a frame a vector is {"$f32": [offset, length]}, an integer beyond ±(2^53 − 1) {"$int": "digits"}, and a key of anything else that begins with "$" has one "$" more. An answer is a frame where \`accept\` names it.

Integers beyond ±(2^53 − 1), as ids may be, are digits in JSON: read them with a parser that keeps them. Unknown keys and parameters are errors. Errors are JSON always, and say what was expected, what came, and how to mend it.`;

export function openApiOf(operations: readonly Operation[]): OpenApiDocument {
  const paths: { [path: string]: { [method: string]: OpenApiOperation } } = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:([^/]+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    "x-generated": "by scripts/write-openapi.mjs from src/dialects/franca; not to be edited",
    openapi: "3.1.1",
    info: { title: "Franca", version, description },
    servers: [{ url: "/" }],
    security: [{}, { bearer: [] }, { apiKey: [] }],
    tags,
    paths,
    components: {
      schemas: componentSchemas(),
      parameters: {
        TimeoutMs: {
          name: timeoutHeader,
          in: "header",
          description:
            "Milliseconds that the request may take; then it stops computing, and is a deadline_exceeded.",
          schema: { type: "integer", minimum: 1 },
        },
      },
      responses: { Error: errorResponse("Any other failure.") },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "api-key" },
      },
    },
  };
}

function describe(operation: Operation): OpenApiOperation {
  const { access, path, document } = operation;
  const { id, tag, summary, description, body, example } = document;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(access === "open" && { security: [] }),
    parameters: [...parametersOf(path, example?.params), { $ref: "#/components/parameters/TimeoutMs" }],
    ...(body !== undefined && {
      requestBody: {
        required: body.isRequired === true,
        content: contentOf(referenceTo(body.schema), example?.body),
      },
    }),
    responses: responsesOf(operation),
    "x-access": access,
  };
}

function parametersOf(path: string, examples: { readonly [name: string]: string } = {}): JsonSchema[] {
  return [...path.matchAll(/:([^/]+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: params[name!],
    schema: referenceTo(nameSchema),
    ...(examples[name!] !== undefined && { example: examples[name!] }),
  }));
}

function responsesOf({ document }: Operation): OpenApiOperation["responses"] {
  const { reply, replyType, errors = [], example, body } = document;
  const codes: ErrorCode[] = [...(body === undefined ? [] : (["invalid_argument"] as const)), ...errors];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { http } = errorCodes[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  const schema = referenceTo(reply);
  return {
    200: {
      description: replyType === linesType ? "Lines of JSON while it works." : "Done.",
      content:
        replyType === undefined
          ? contentOf(schema, example?.reply)
          : { [replyType]: { schema, ...(example?.reply !== undefined && { example: example.reply }) } },
    },
    ...Object.fromEntries([...byStatus].map(([status, names]) => [status, errorResponse(names.join(", "))])),
    default: { $ref: "#/components/responses/Error" },
  };
}

/** JSON, or the same in a frame. */
function contentOf(schema: JsonSchema, example: unknown): Content {
  return {
    "application/json": { schema, ...(example !== undefined && { example }) },
    [frameType]: { schema },
  };
}

function errorResponse(description: string): OpenApiResponse {
  return { description, content: { "application/json": { schema: referenceTo(errorSchema) } } };
}
