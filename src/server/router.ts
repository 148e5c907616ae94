/** From the method and path of a request to a route of one of the dialects that share a port. */
import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import type { Dialect, Route } from "../dialect.ts";
import { FrancaError } from "../errors.ts";

export interface Found {
  dialect: Dialect;
  route: Route;
  /** Decoded. */
  params: { [name: string]: string };
}

export interface Router {
  /** Undefined when there is no such path; HEAD is GET where it has no route of its own. @throws FrancaError invalid_argument for a path that is not UTF-8 */
  find(method: string, path: string): Found | undefined;
  /** The methods that a path has, for a 405. */
  methodsOf(path: string): string[];
  /** Who says that there is no such path: the dialect that has others beginning like it, else the first. */
  speakerOf(path: string): Dialect;
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** @throws FrancaError failed_precondition when two dialects claim the same path */
export function routerOf(dialects: readonly Dialect[]): Router {
  const routes = new SmartRouter<[Dialect, Route]>({ routers: [new RegExpRouter(), new TrieRouter()] });
  const claimed = new Map<string, string>();
  for (const dialect of dialects) {
    for (const route of dialect.routes) {
      const shape = `${route.method} ${route.path.replace(/:[^/]+/g, ":")}`;
      const other = claimed.get(shape);
      if (other !== undefined) {
        const message = `the dialects ${other} and ${dialect.name} both answer ${route.method} ${route.path}: give one another port`;
        throw new FrancaError("failed_precondition", message);
      }
      claimed.set(shape, dialect.name);
      routes.add(route.method, route.path, [dialect, route]);
    }
  }
  const find = (method: string, path: string): Found | undefined =>
    findExactly(method, path) ?? (method === "HEAD" ? findExactly("GET", path) : undefined);
  const findExactly = (method: string, path: string): Found | undefined => {
    const [matches, stash] = routes.match(method, path);
    const first = matches[0];
    if (first === undefined) return undefined;
    const [[dialect, route], places] = first;
    const params: { [name: string]: string } = Object.create(null);
    for (const [name, place] of Object.entries(places)) {
      params[name] = decoded(typeof place === "number" ? (stash as string[])[place]! : place);
    }
    return { dialect, route, params };
  };
  const firstSegments = dialects.map(
    (dialect) => new Set(dialect.routes.map(({ path }) => firstSegment(path))),
  );
  const speakerOf = (path: string): Dialect => {
    const found = firstSegments.findIndex((segments) => segments.has(firstSegment(path)));
    return dialects[Math.max(0, found)]!;
  };
  return {
    find,
    speakerOf,
    methodsOf: (path) => methods.filter((method) => find(method, path) !== undefined),
  };
}

function firstSegment(path: string): string {
  return path.split("/", 2)[1] ?? "";
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new FrancaError(
      "invalid_argument",
      `the path holds ${JSON.stringify(segment)}, which is not UTF-8 in percent signs`,
    );
  }
}
