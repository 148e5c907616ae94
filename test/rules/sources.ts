/** The project's own files and what they import, as text: what the rules look at. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const root: string = resolve(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  path: string;
  text: string;
  imports: Import[];
}

export interface Import {
  /** As written. */
  specifier: string;
  /** Path from the root for relative imports. */
  target?: string;
  typeOnly: boolean;
}

export function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split("/").includes("node_modules"))
    .sort();
}

export function sourceFiles(folder: string): SourceFile[] {
  return filesBelow(folder, [".ts"]).map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, imports: importsOf(path, text) };
  });
}

const importPattern =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?["']([^"'\n]+)["']|(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*["']([^"'\n]+)["']\s*\)/g;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[3] ?? match[4]!;
    const isRelative = specifier.startsWith(".");
    found.push({
      specifier,
      ...(isRelative ? { target: relative(root, resolve(root, dirname(path), specifier)) } : {}),
      typeOnly: match[2] !== undefined,
    });
  }
  return found;
}
