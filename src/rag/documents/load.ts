/**
 * From a file to its documents, by its extension.
 */
import { FrancaError } from "../../errors.ts";
import type { Document, Problem } from "./document.ts";
import { htmlDocument } from "./html.ts";
import { markdownDocument } from "./markdown.ts";
import { recordDocuments } from "./records.ts";
import { textDocument } from "./text.ts";

const formats: { readonly [extension: string]: "text" | "markdown" | "html" | "records" } = {
  txt: "text",
  text: "text",
  md: "markdown",
  mdx: "markdown",
  markdown: "markdown",
  html: "html",
  htm: "html",
  jsonl: "records",
  ndjson: "records",
};

/** Extensions of the files that can be read. */
export const readableExtensions: readonly string[] = Object.keys(formats);

export function isReadable(path: string): boolean {
  return formats[extension(path)] !== undefined;
}

/**
 * The documents of a file, in its order. What cannot be read goes to `onProblem`, and the rest is still given.
 * @throws FrancaError invalid_argument for an extension that is not readable
 */
export function* loadDocuments(
  path: string,
  bytes: Uint8Array,
  onProblem: (problem: Problem) => void,
): Generator<Document> {
  const format = formats[extension(path)];
  if (format === undefined)
    throw new FrancaError(
      "invalid_argument",
      `${path}: expected a file that ends in ${readableExtensions.map((name) => `.${name}`).join(", ")}`,
      { details: { path } },
    );
  if (format === "records") {
    yield* recordDocuments(path, bytes, onProblem);
    return;
  }
  const text = decode(bytes);
  if (text === undefined) {
    onProblem({
      source: path,
      message: "expected text in UTF-8; these bytes are not. Convert the file, then add it again",
    });
    return;
  }
  if (format === "markdown") yield markdownDocument(path, text);
  else if (format === "html") yield htmlDocument(path, text);
  else yield textDocument(path, text);
}

/** A byte order mark stays, so that offsets are the file's. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function extension(path: string): string {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}
