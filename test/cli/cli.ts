/** Runs `franca` as a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Workshop {
  folder: string;
  write(path: string, content: string | Uint8Array): void;
  remove(path: string): void;
  franca(...args: string[]): Promise<Outcome>;
  start(...args: string[]): { child: ChildProcess; outcome: Promise<Outcome> };
}

export function workshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), "franca-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const start = (...args: string[]): { child: ChildProcess; outcome: Promise<Outcome> } => {
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const name of ["FRANCA_DB", "NO_COLOR", "FORCE_COLOR", "CI", "TEST"]) delete env[name];
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    const outcome = new Promise<Outcome>((resolve) =>
      child.on("close", (code) => resolve({ code, ...output })),
    );
    return { child, outcome };
  };
  return {
    folder,
    write(path, content) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: (path) => rmSync(join(folder, path)),
    franca: (...args) => start(...args).outcome,
    start,
  };
}
