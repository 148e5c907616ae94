/** One operation on the page: what it is for, what it takes, what it gives, and a line to try it. */
import type { OpenApiOperation } from "../openapi.ts";
import type { JsonSchema } from "../schemas/schema.ts";
import { type Html, html, inline, prose } from "./html.ts";
import { typeOf } from "./schema.ts";

export function operationSection(path: string, method: string, operation: OpenApiOperation): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return html`<section class="operation" id="${operationId}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></h3>
<p class="summary">${summary} <span class="access">${accessOf(operation)}</span></p>
${description !== undefined && prose(description)}
<dl>${parametersList(parameters)}
${body !== undefined && html`<dt>Body${requestBody?.required !== true && " (optional)"}</dt><dd>${typeOf(body.schema)}</dd>`}
${Object.entries(responses).map(([status, response]) => responseItem(status, response))}</dl>
<pre class="try">${curlOf(path, method, operation, type, body?.example)}</pre>
${exampleReply(responses["200"]?.content)}
</section>`;
}

function accessOf(operation: OpenApiOperation): string {
  const access = operation["x-access"];
  return access === "open" ? "needs no key" : `needs a key with the role ${access}`;
}

function parametersList(parameters: readonly JsonSchema[]): Html {
  return html`${parameters
    .filter(({ name }) => name !== undefined)
    .map(
      ({ name, description }) =>
        html`<dt><code>${String(name)}</code></dt><dd>${inline(String(description ?? ""))}</dd>`,
    )}`;
}

function responseItem(status: string, response: OpenApiOperation["responses"][string]): Html | undefined {
  const [content] = Object.values(response.content ?? {});
  if (content === undefined) return undefined;
  return html`<dt>${status}</dt><dd>${typeOf(content.schema)}${
    status !== "200" &&
    html`: ${(response.description ?? "").split(", ").map((code, i) => html`${i > 0 && ", "}<code>${code}</code>`)}`
  }</dd>`;
}

/** A line for a shell. */
export function curlOf(
  path: string,
  method: string,
  { parameters }: OpenApiOperation,
  type: string | undefined,
  body: unknown,
): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_, name) =>
    encodeURIComponent(String(parameters.find((one) => one.name === name)?.example ?? name)),
  );
  const verb =
    method === "get" || (method === "post" && body !== undefined) ? "" : ` -X ${method.toUpperCase()}`;
  const sent =
    body === undefined ? "" : ` \\\n  -H 'content-type: ${type}' \\\n  -d ${quoted(JSON.stringify(body))}`;
  return `curl${verb} http://localhost:6333${filled}${sent}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function exampleReply(content: OpenApiOperation["responses"][string]["content"]): Html | undefined {
  const example = Object.values(content ?? {})[0]?.example;
  return example === undefined
    ? undefined
    : html`<pre>${JSON.stringify(example, null, 1).replace(/\n */g, " ")}</pre>`;
}
