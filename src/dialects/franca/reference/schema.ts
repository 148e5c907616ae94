/** JSON Schema for people: a type in a line, members in a table, names as links. */
import type { JsonSchema } from "../schemas/schema.ts";
import { type Html, html, inline } from "./html.ts";

/** A component by itself. */
export function schemaSection(id: string, schema: JsonSchema): Html {
  return html`<section class="schema" id="${anchorOf(id)}"><h3>${id}</h3>${
    typeof schema.description === "string" && html`<p>${inline(schema.description)}</p>`
  }${bodyOf(schema)}${groupsOf(schema)}</section>`;
}

export function anchorOf(id: string): string {
  return `schema-${id}`;
}

/** In one line: "integer", "list of Point", "A or B". */
export function typeOf(schema: JsonSchema): Html {
  if (typeof schema.$ref === "string") return linkTo(schema.$ref);
  const choices = choicesOf(schema);
  if (choices !== undefined) return joined(choices.map(typeOf), " or ");
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (Array.isArray(schema.enum)) {
    return joined(
      schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`),
      " or ",
    );
  }
  if (schema.type === "array") return html`list of ${typeOf(schema.items as JsonSchema)}`;
  if (schema.type === "object") return objectType(schema);
  if (Array.isArray(schema.type)) return html`${schema.type.join(" or ")}`;
  return html`${typeof schema.type === "string" ? schema.type : "anything"}${limitsOf(schema)}`;
}

function objectType(schema: JsonSchema): Html {
  if (schema.properties !== undefined) {
    const members = Object.entries(schema.properties as { [name: string]: JsonSchema });
    const required = new Set(schema.required as string[] | undefined);
    return html`{${joined(
      members.map(([name, member]) => html`${name}${!required.has(name) && "?"}: ${typeOf(member)}`),
      ", ",
    )}}`;
  }
  const values = schema.additionalProperties;
  return typeof values === "object" && values !== null && Object.keys(values).length > 0
    ? html`object of ${typeOf(values as JsonSchema)} by name`
    : html`object`;
}

function bodyOf(schema: JsonSchema): Html {
  if (schema.properties === undefined) return html`<p class="type">${typeOf(schema)}</p>`;
  const required = new Set(schema.required as string[] | undefined);
  const rows = Object.entries(schema.properties as { [name: string]: JsonSchema }).map(
    ([name, member]) =>
      html`<tr><td><code>${name}</code>${
        required.has(name) && html` <span class="required">required</span>`
      }</td><td class="type">${typeOf(member)}</td><td>${
        typeof member.description === "string" && inline(member.description)
      }${
        member.default !== undefined && html` Default <code>${JSON.stringify(member.default)}</code>.`
      }</td></tr>`,
  );
  return html`<table><tbody>${rows}</tbody></table>`;
}

/** "Exactly one of a, b." */
function groupsOf(schema: JsonSchema): Html | undefined {
  const groups = schema.oneOf as { required?: string[] }[] | undefined;
  if (groups === undefined || !groups.every((group) => group.required?.length === 1)) return undefined;
  return html`<p>Exactly one of ${joined(
    groups.map((group) => html`<code>${group.required![0]}</code>`),
    ", ",
  )}.</p>`;
}

function choicesOf(schema: JsonSchema): JsonSchema[] | undefined {
  return schema.anyOf as JsonSchema[] | undefined;
}

/** "integer, 1 … 65536" */
function limitsOf(schema: JsonSchema): string {
  const unlimited = Number.MAX_SAFE_INTEGER;
  const least = schema.minimum as number | undefined;
  const most = schema.maximum as number | undefined;
  const hasLeast = least !== undefined && least !== -unlimited;
  const hasMost = most !== undefined && most !== unlimited;
  if (hasLeast && hasMost) return `, ${least} … ${most}`;
  if (hasLeast) return `, at least ${least}`;
  if (schema.exclusiveMinimum !== undefined)
    return `, above ${schema.exclusiveMinimum}${hasMost ? `, at most ${most}` : ""}`;
  return hasMost ? `, at most ${most}` : "";
}

function linkTo(reference: string): Html {
  const id = reference.split("/").at(-1)!;
  return html`<a href="#${anchorOf(id)}">${id}</a>`;
}

function joined(parts: readonly Html[], by: string): Html {
  return html`${parts.map((part, i) => (i === 0 ? part : html`${by}${part}`))}`;
}
