/** Payloads of some paths only, as readers select them. */
import { explicitProjection } from "./explicit-projection.ts";
import { type PathSyntax, splitPath } from "./path.ts";
import type { JsonValue, Payload } from "./payload.ts";

type Tree = Map<string, Tree | true>;

/** Keeps what lies on the paths: objects with the keys named, arrays with their elements that hold any of them. */
export function projection(
  paths: readonly string[],
  syntax: PathSyntax = "implicit",
): (payload: Payload) => Payload {
  if (syntax === "explicit") return explicitProjection(paths);
  const tree: Tree = new Map();
  for (const path of paths) {
    let node = tree;
    const keys = splitPath(path);
    for (const [depth, key] of keys.entries()) {
      const next = node.get(key);
      // A path that is asked for whole covers the paths below it.
      if (next === true) break;
      if (depth === keys.length - 1) node.set(key, true);
      else {
        const child: Tree = next ?? new Map();
        node.set(key, child);
        node = child;
      }
    }
  }
  return (payload) => (project(payload, tree) ?? {}) as Payload;
}

function project(value: JsonValue, tree: Tree): JsonValue | undefined {
  if (Array.isArray(value)) {
    const kept = value.map((element) => project(element, tree)).filter((element) => element !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (value === null || typeof value !== "object") return undefined;
  const entries: [string, JsonValue][] = [];
  for (const [key, child] of Object.entries(value)) {
    const below = tree.get(key);
    const kept = below === undefined || below === true ? below && child : project(child, below);
    if (kept !== undefined) entries.push([key, kept]);
  }
  // fromEntries, since assigning a key "__proto__" would set the prototype.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
