/** The OpenAPI document as one page of HTML, complete in itself: no scripts, no fonts, no other hosts. */
import type { OpenApiDocument } from "../openapi.ts";
import { type Html, html, prose } from "./html.ts";
import { operationSection } from "./operation.ts";
import { anchorOf, schemaSection } from "./schema.ts";
import { style } from "./style.ts";

export function referencePage(document: OpenApiDocument): string {
  const { info, components } = document;
  const schemas = Object.entries(components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} ${info.version}: HTTP reference</title>
<style>${style}</style>
</head>
<body>
<nav>
${document.tags.map(({ name }) =>
  navigation(
    name,
    `tag-${name}`,
    operationsOf(document, name).map(([path, method, { operationId, summary }]) => [
      operationId,
      summary,
      `${method.toUpperCase()} ${path}`,
    ]),
  ),
)}
${navigation(
  "Schemas",
  "schemas",
  schemas.map(([id]) => [anchorOf(id), id, id]),
)}
</nav>
<main>
<h1>${info.title} <small>${info.version}</small></h1>
${prose(info.description)}
${document.tags.map(
  ({ name, description }) => html`<h2 id="tag-${name}">${name}</h2><p>${description}</p>
${operationsOf(document, name).map(([path, method, operation]) => operationSection(path, method, operation))}`,
)}
<h2 id="schemas">Schemas</h2>
${schemas.map(([id, schema]) => schemaSection(id, schema))}
</main>
</body>
</html>
`;
  return page.text;
}

type Placed = [path: string, method: string, operation: OpenApiDocument["paths"][string][string]];

function operationsOf({ paths }: OpenApiDocument, tag: string): Placed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]): Placed => [path, method, operation]),
  );
}

function navigation(
  title: string,
  anchor: string,
  entries: readonly (readonly [anchor: string, text: string, hint: string])[],
): Html {
  return html`<a href="#${anchor}"><strong>${title}</strong></a><ul>${entries.map(
    ([anchor, text, hint]) => html`<li><a href="#${anchor}" title="${hint}">${text}</a></li>`,
  )}</ul>`;
}
