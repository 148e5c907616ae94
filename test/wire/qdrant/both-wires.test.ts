/** Qdrant's Python client over gRPC is answered as over REST: one program, run by both on servers of their own. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import type { Handler } from "../../../src/dialects/qdrant/handler.ts";
import { python, withoutPython } from "../python.ts";
import { served } from "./served.ts";

/** What handlers were asked, in its order. */
const { asked } = vi.hoisted(() => ({ asked: [] as unknown[] }));

/** The handlers, which do what they do and are listened to. */
vi.mock("../../../src/dialects/qdrant/handlers.ts", async (original) => {
  const { handlers } = await original<{ handlers: { [operation: string]: Handler } }>();
  const listened = Object.entries(handlers).map(([operation, handler]) => {
    const listening: Handler = (store, params, request, context) => {
      asked.push([operation, plain({ ...params, ...(request as object) }, true)]);
      return handler(store, params, request, context);
    };
    return [operation, listening] as const;
  });
  return { handlers: Object.fromEntries(listened) };
});

/** In messages, where handlers do not look for them. */
const beside = new Set(["collection_name", "timeout"]);

/** Without what is empty, and numbers as gRPC has them. */
function plain(value: unknown, isRequest = false): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number(value.toPrecision(6));
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) return new Date(value).toISOString();
  if (typeof value !== "object" || value === null) return value ?? undefined;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = Array.from(value as ArrayLike<unknown>, (item) => plain(item, isRequest));
    return list.length === 0 ? undefined : list;
  }
  const members = Object.entries(value)
    .filter(([name]) => !isRequest || !beside.has(name))
    .map(([name, inside]) => [name, plain(inside, name === "searches")] as const)
    .filter(([, inside]) => inside !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

interface Step {
  step: string;
  answer?: unknown;
  error?: string;
}

async function run(wire: "rest" | "grpc"): Promise<{ steps: Step[]; asked: unknown[] }> {
  const { server } = await served();
  asked.length = 0;
  const program = new URL("both-wires.py", import.meta.url).pathname;
  const ports = [new URL(server.url).port, server.grpcAddresses.qdrant!.split(":").at(-1)!];
  const child = spawn(python!, [program, wire, ...ports]);
  const [lines, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(complaints).toBe("");
  const steps = lines.trim().split("\n");
  return { steps: steps.map((line) => JSON.parse(line) as Step), asked: [...asked] };
}

describe("the official Python client", () => {
  it("asks the same over gRPC as over REST, and is answered the same", { timeout: 60_000 }, async ({
    skip,
  }) => {
    skip(python === undefined, withoutPython);
    const rest = await run("rest");
    const grpc = await run("grpc");
    expect(rest.asked.length).toBeGreaterThan(130);
    expect(grpc.asked).toEqual(rest.asked);
    expect(rest.steps.length).toBeGreaterThan(130);
    expect(grpc.steps).toEqual(rest.steps);
  });
});
