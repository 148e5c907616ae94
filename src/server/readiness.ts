/**
 * /livez, /healthz and /readyz: open to all, and never queued. A dialect that has such a path of its own is asked there
 * instead; the first of a port may have its own words for them.
 */
import type { Dialect, Reply, Route } from "../dialect.ts";
import type { Host } from "./host.ts";

export interface Readiness {
  readonly ready: boolean;
  /** For people and dashboards: what is not as it should be, though it may be no reason to send requests elsewhere. */
  readonly problems?: readonly string[];
}

export function healthRoutes(host: Host, taken: readonly Dialect[]): Route[] {
  const probe = taken[0]?.probe?.bind(taken[0]);
  const live = (): Reply => json(200, { status: "live" });
  const routes =
    probe === undefined
      ? { "/livez": live, "/healthz": live, "/readyz": () => readyz(host) }
      : {
          "/livez": () => probe("/livez", true),
          "/healthz": () => probe("/healthz", true),
          "/readyz": async () => probe("/readyz", (await readinessOf(host)).ready),
        };
  return Object.entries(routes)
    .filter(([path]) => !taken.some((dialect) => dialect.routes.some((route) => route.path === path)))
    .map(([path, handle]) => ({ method: "GET", path, access: "open", kind: "health", handle }));
}

async function readyz(host: Host): Promise<Reply> {
  const { ready, problems = [], state } = await readinessOf(host);
  return json(ready ? 200 : 503, { status: ready ? "ready" : state, problems });
}

/** Ready is what is open, not stopping, and not said to be otherwise. */
export async function readinessOf(host: Host): Promise<Readiness & { state: Host["state"] | "not ready" }> {
  const { state } = host;
  if (state !== "serving") return { ready: false, state, problems: [`the server is ${state}`] };
  const said = (await host.readiness?.()) ?? { ready: true };
  return { ...said, state: said.ready ? state : "not ready" };
}

function json(status: number, body: object): Reply {
  return { status, headers: { "cache-control": "no-store" }, body: JSON.stringify(body) };
}
