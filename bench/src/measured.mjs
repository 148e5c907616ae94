/** What a process takes, told apart: memory of its own, and pages of files that the system may take back. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Bytes; zeros for what the system does not tell (other than Linux: all is counted as its own). */
export async function processMemory() {
  // What was collected is given back by a thread of V8's own, a moment later.
  for (let i = 0; i < 2; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const kib = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024;
    return { rss, anonymous: kib("RssAnon"), file: kib("RssFile"), heapUsed, external };
  } catch {
    return { rss, anonymous: rss, file: 0, heapUsed, external };
  }
}

/** Runs a script in a process of its own; what it prints on its last line is JSON. */
export function inProcess(script, ...options) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--expose-gc", "--no-warnings", script, ...options.map((option) => JSON.stringify(option))],
    { encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr}\n${stdout}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

export const childOptions = () => process.argv.slice(2).map((option) => JSON.parse(option));

export const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);
