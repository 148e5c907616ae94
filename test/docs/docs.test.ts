/**
 * Every code block in the documentation runs.
 *  - `ts` blocks are type-checked and run as programs of a user who has installed the package.
 *  - `sh` blocks of one file run in order in one empty folder, with `franca` on the PATH.
 *  - `text`, `json` and the like are not code. No other language is allowed, so that nothing escapes.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { filesBelow, root } from "../rules/sources.ts";
import { type Block, documentedBlocks } from "./blocks.ts";

const blocks = documentedBlocks();
const programs = [
  ...blocks.filter((block) => block.language === "ts"),
  ...filesBelow("examples", [".ts"]).map(
    (file): Block => ({ file, line: 1, language: "ts", code: readFileSync(join(root, file), "utf8") }),
  ),
];
const shells = new Map<string, Block[]>();
for (const block of blocks.filter(({ language }) => language === "sh")) {
  shells.set(block.file, [...(shells.get(block.file) ?? []), block]);
}
const name = (block: Block) => `${block.file}:${block.line}`;

// Inside the package, so that "franca" resolves to it by its exports, as it would from a user's node_modules.
const workshop = join(root, "node_modules", `.franca-docs-${process.pid}`);
let scratch: string;
let compiling: ReturnType<typeof compiled>;

beforeAll(() => {
  expect(existsSync(join(root, "dist/index.js")), "run `npm run build` first").toBe(true);
  scratch = mkdtempSync(join(tmpdir(), "franca-docs-"));
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(join(workshop, "node_modules"), { recursive: true });
  execFileSync("ln", ["-s", root, join(workshop, "node_modules", "franca")]);
  writeFileSync(join(workshop, "package.json"), JSON.stringify({ type: "module" }));
  const options = { extends: join(root, "tsconfig.json"), include: ["*.ts"] };
  const compilerOptions = {
    noEmit: false,
    allowImportingTsExtensions: false,
    isolatedDeclarations: false,
    declaration: false,
  };
  writeFileSync(
    join(workshop, "tsconfig.json"),
    JSON.stringify({
      ...options,
      compilerOptions: {
        ...compilerOptions,
        noUnusedLocals: false,
        typeRoots: [join(root, "node_modules/@types")],
      },
    }),
  );
  for (const [i, block] of programs.entries()) {
    writeFileSync(join(workshop, `block${i}.ts`), `${block.code}\nexport {};\n`);
  }
  const bin = join(scratch, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "franca"),
    `#!/bin/sh\nexec node ${JSON.stringify(join(root, "dist/cli/main.js"))} "$@"\n`,
  );
  chmodSync(join(bin, "franca"), 0o755);
  compiling = compiled();
}, 60_000);

afterAll(() => {
  rmSync(workshop, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

/** Also the programs that are run, so that each may be tried alone. */
const compiled = () =>
  spawnSync("node", [join(root, "node_modules/typescript/bin/tsc"), "-p", workshop], { encoding: "utf8" });

const environment = (home: string) => ({
  ...process.env,
  HOME: home,
  PATH: `${join(scratch, "bin")}:${process.env.PATH}`,
  FRANCA_DB: "",
  NO_COLOR: "1",
});

describe("documentation", () => {
  it("holds only languages that run, or that are plainly not code", () => {
    const known = ["ts", "sh", "text", "json", "jsonl", "md"];
    expect(
      blocks.filter((block) => !known.includes(block.language)).map((b) => `${name(b)}: "${b.language}"`),
    ).toEqual([]);
    expect(programs.length).toBeGreaterThan(3);
    expect(shells.size).toBeGreaterThan(1);
  });

  it("TypeScript blocks and examples are well typed", () => {
    const readable = compiling.stdout.replaceAll(
      /block(\d+)\.ts/g,
      (_, i) => `${name(programs[Number(i)]!)} +`,
    );
    expect(readable).toBe("");
  });

  it.each(programs.map((block, i) => [name(block), i] as const))("%s runs", (_, i) => {
    const home = mkdtempSync(join(scratch, "home-"));
    const result = spawnSync("node", [join(workshop, `block${i}.js`)], {
      cwd: home,
      encoding: "utf8",
      env: environment(home),
      timeout: 60_000,
    });
    expect(result.status, result.stderr + result.stdout).toBe(0);
  });

  it.each([...shells].map(([file, list]) => [file, list] as const))(
    "the commands of %s run in order",
    (_, list) => {
      const home = mkdtempSync(join(scratch, "home-"));
      for (const block of list) {
        // The two commands that set everything up are what .ci/run itself runs; they cannot run inside themselves.
        const code = block.code.replaceAll(/^npm (ci|test|run demo|i |install ).*$/gm, ":");
        const result = spawnSync("bash", ["-euo", "pipefail", "-c", code], {
          cwd: home,
          encoding: "utf8",
          env: environment(home),
          timeout: 120_000,
        });
        expect(result.status, `${name(block)}\n${result.stderr}${result.stdout}`).toBe(0);
      }
    },
  );
});
