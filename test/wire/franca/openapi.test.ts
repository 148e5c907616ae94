/** The document of Franca's own wire, and the page made of it: whole, true to the routes, and up to date in docs/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { francaDialect } from "../../../src/dialects/franca/dialect.ts";
import { type OpenApiDocument, openApiOf } from "../../../src/dialects/franca/openapi.ts";
import { operations } from "../../../src/dialects/franca/operations.ts";
import { referencePage } from "../../../src/dialects/franca/reference/page.ts";
import { version } from "../../../src/dialects/franca/version.ts";
import { root } from "../../rules/sources.ts";
import { componentValidator } from "./document.ts";
import { type Served, startServed } from "./served.ts";

const document = openApiOf(operations);
const every = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.stop());

describe("the OpenAPI document", () => {
  it("is in docs/ as it is; else run `npm run build && node scripts/write-openapi.mjs`", () => {
    const text = readFileSync(join(root, "docs/openapi.json"), "utf8");
    expect(text).toBe(`${JSON.stringify(document, undefined, 2)}\n`);
  });

  it("is served to everybody", async () => {
    const { status, body } = await served.ask("GET", "/openapi.json");
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it("has an operation for each route, with a name of its own", () => {
    const told = every.map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(.*?)\}/g, ":$1")}`,
    );
    expect(told.sort()).toEqual(francaDialect.routes.map(({ method, path }) => `${method} ${path}`).sort());
    expect(new Set(every.map(({ operation }) => operation.operationId)).size).toBe(every.length);
  });

  it("refers to nothing that it does not hold, and holds nothing that is not referred to", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(.*?)"/g)].map(
      ([, at]) => at!,
    );
    const held = Object.entries(document.components).flatMap(([kind, parts]) =>
      kind === "securitySchemes" ? [] : Object.keys(parts).map((id) => `${kind}/${id}`),
    );
    expect([...new Set(references)].sort()).toEqual(held.sort());
  });

  it("has examples that its schemas allow", () => {
    let count = 0;
    for (const { operation } of every) {
      const contents = [operation.requestBody?.content, operation.responses["200"]?.content];
      for (const content of contents.flatMap((one) => Object.values(one ?? {}))) {
        if (content.example === undefined) continue;
        const validate = componentValidator(document, content.schema);
        validate(content.example);
        expect([operation.operationId, validate.errors]).toEqual([operation.operationId, null]);
        count++;
      }
    }
    expect(count).toBeGreaterThan(20);
  });

  it("names the version of the package", () => {
    expect(version).toBe(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
  });
});

describe("the reference page", () => {
  it("is served to everybody, and may load nothing", async () => {
    const response = await fetch(`${served.url}/reference`);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toBe(referencePage(document));
  });

  it("shows every operation and every schema, and has a place for each link", () => {
    const elements = elementsOf(referencePage(document));
    const ids = elements.flatMap((element) => attributeOf(element, "id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of every) expect(ids).toContain(operation.operationId);
    for (const id of Object.keys(document.components.schemas)) expect(ids).toContain(`schema-${id}`);
    const links = elements.flatMap((element) => attributeOf(element, "href") ?? []);
    expect(links.length).toBeGreaterThan(100);
    expect(links.filter((link) => !link.startsWith("#") || !ids.includes(link.slice(1)))).toEqual([]);
  });

  it("is complete in itself: no scripts, no other hosts", () => {
    const elements = elementsOf(referencePage(document));
    const names = new Set(elements.map((element) => element.tagName));
    for (const name of ["script", "link", "img", "iframe", "object"]) expect(names).not.toContain(name);
    for (const element of elements) {
      expect(element.attrs.filter(({ name }) => name === "src" || name.startsWith("on"))).toEqual([]);
    }
  });

  it("shows what is markup elsewhere as text", () => {
    const nasty = `<img src=x onerror="a">&'\`<b>\``;
    const spoilt = JSON.parse(
      JSON.stringify(document).replaceAll('"Harbour lights"', JSON.stringify(nasty)),
      (key, value) => (key === "description" || key === "summary" || key === "title" ? nasty : value),
    ) as OpenApiDocument;
    const elements = elementsOf(referencePage(spoilt));
    expect(elements.filter(({ tagName }) => tagName === "img" || tagName === "b")).toEqual([]);
    expect(textOf(parse(referencePage(spoilt)))).toContain('<img src=x onerror="a">&');
  });
});

function elementsOf(page: string): Tree.Element[] {
  const found: Tree.Element[] = [];
  const visit = (node: Tree.Node): void => {
    if ("tagName" in node) found.push(node);
    if ("childNodes" in node) for (const child of node.childNodes) visit(child);
  };
  visit(parse(page));
  return found;
}

function attributeOf(element: Tree.Element, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value;
}

function textOf(node: Tree.Node): string {
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}
