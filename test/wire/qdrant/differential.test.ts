/**
 * Random programs, played by Qdrant's own Python client on its local mode and on Franca: what they answer is the same. What is
 * not compared, and why, is printed. FRANCA_SEED picks other programs, FRANCA_SLOW plays more of them.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { seed } from "../../seed.ts";
import { python, withoutPython } from "../python.ts";
import { served } from "./served.ts";

const programs = process.env.FRANCA_SLOW === undefined ? 40 : 250;
const minutes = 60_000;

interface Summary {
  programs: number;
  operations: number;
  differences: number;
  explained: { [reason: string]: number };
}

async function play(wire: "rest" | "grpc"): Promise<{ summary: Summary; differences: string[] }> {
  const { server } = await served();
  const program = new URL("differential/main.py", import.meta.url).pathname;
  const grpc = ["--grpc-port", server.grpcAddresses.qdrant!.split(":").at(-1)!];
  const child = spawn(python!, [
    program,
    ...["--url", server.url, "--programs", String(programs), "--most", "5"],
    ...["--seed", String(wire === "rest" ? seed : seed + 1)],
    ...(wire === "grpc" ? grpc : []),
  ]);
  const [lines, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(complaints).toBe("");
  const told = lines.trim().split("\n");
  return { summary: JSON.parse(told.pop()!) as Summary, differences: told };
}

describe("random programs", () => {
  for (const wire of ["rest", "grpc"] as const) {
    it(`are answered over ${wire} as by the client's local mode`, { timeout: 10 * minutes }, async ({
      skip,
    }) => {
      skip(python === undefined, withoutPython);
      const { summary, differences } = await play(wire);
      console.log(`Qdrant differential, ${wire}: ${JSON.stringify(summary, null, 1)}`);
      expect(differences).toEqual([]);
      expect(summary.programs).toBe(programs);
      expect(summary.operations).toBeGreaterThan(40 * programs);
    });
  }
});
