/** What a request is for, from the second word of its first line. */
import { FrancaError } from "../errors.ts";

export interface Target {
  /** As it was sent: percent signs are the router's business. "*" for the server as a whole. */
  path: string;
  query: URLSearchParams;
}

const noQuery = new URLSearchParams();

/** @throws FrancaError invalid_argument */
export function targetOf(url: string): Target {
  let rest = url;
  if (!url.startsWith("/")) {
    if (url === "*") return { path: "*", query: noQuery };
    // The absolute form, which proxies are sent: http://host/path
    const [, after] = /^https?:\/\/[^/?#]+(.*)$/i.exec(url) ?? [];
    if (after === undefined) {
      throw new FrancaError(
        "invalid_argument",
        `expected a path that begins with "/"; got ${JSON.stringify(url)}`,
      );
    }
    rest = after.startsWith("/") ? after : `/${after}`;
  }
  const fragment = rest.indexOf("#");
  if (fragment >= 0) rest = rest.slice(0, fragment);
  const mark = rest.indexOf("?");
  if (mark < 0) return { path: rest, query: new URLSearchParams() };
  return { path: rest.slice(0, mark), query: new URLSearchParams(rest.slice(mark + 1)) };
}
