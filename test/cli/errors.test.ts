/** What goes wrong is one clear message and the right exit code, never a stack trace. */
import { expect, test } from "vitest";
import { workshop } from "./cli.ts";

test.each([
  [["nonsense"], 2, /unknown command "nonsense"/],
  [[], 2, /COMMANDS/],
  [["search"], 2, /expected one text to look for/],
  [["search", "x", "--nonsense"], 2, /--nonsense/],
  [["search", "x", "--limt", "3"], 2, /there is no flag --limt; did you mean --limit\?/],
  [["serve", "./data"], 2, /expected flags only; got "\.\/data"; a database's folder is given with --db/],
  [["serve", "--insecure-no-auth", "false"], 2, /expected flags only; got "false"/],
  [["serve", "--port", "7000"], 2, /no flag --port; did you mean --franca-port or /],
  [
    ["serve", "--keys-file", "none.json"],
    1,
    /none\.json cannot be read: there is no such file.*franca key create/,
  ],
  [["serve", "--keys-file", "."], 1, /cannot be read: it is a folder/],
  [["serve", "--config", "none.yaml"], 1, /none\.yaml cannot be read: there is no such file/],
  [["serve", "--timeout", "20m"], 2, /--timeout is longer than --max-timeout/],
  [["search", "x", "--limit", "many"], 2, /--limit: expected a whole number/],
  [["search", "x", "--mode", "magic"], 2, /--mode \(magic\)\. Expected one of: hybrid, vector, keyword/],
  [["add"], 2, /Missing required positional argument: PATHS/],
  [["ask", "two", "words"], 2, /expected one question, in quotes/],
  [["search", "x"], 1, /there is no database at .*franca add/],
  [["add", "missing.md"], 1, /missing\.md: there is no such file/],
  [["add", "data.bin"], 1, /data\.bin: expected a folder or a file that ends in \.txt/],
  [["add", "a.txt", "--embedder", "magic"], 1, /expected "static" or "transformers:"/],
])("franca %j exits with %i and says what is wrong", async (args, code, message) => {
  const { franca, write } = workshop();
  write("a.txt", "Text.");
  write("data.bin", "x");
  const outcome = await franca(...args);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  expect(outcome.code).toBe(code);
  expect(outcome.stdout).toBe("");
});

test("filters that do not make sense are refused, not ignored", async () => {
  const { franca, write } = workshop();
  write("a.txt", "Text.");
  await franca("add", "a.txt");
  for (const [args, code] of [
    [["--filter", "{"], 2],
    [["--filter", "[]"], 2],
    [["--where", "nothing"], 2],
    [["--filter", '{"field":"year","near":1}'], 1],
    [["--collection", "other"], 1],
  ] as const) {
    const outcome = await franca("search", "x", ...args);
    expect(outcome.code, outcome.stderr).toBe(code);
    expect(outcome.stderr).not.toBe("");
  }
});

test("--debug shows where an error comes from", async () => {
  const { franca } = workshop();
  const outcome = await franca("search", "x", "--debug");
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/^\s+at /m);
});

test.each(["add", "search", "ask", "demo", "verify", "repair", "doctor"])(
  "franca %s --help tells its flags",
  async (name) => {
    const outcome = await workshop().franca(name, "--help");
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain(`franca ${name}`);
    expect(outcome.stdout).toContain("--debug");
    expect(outcome.stdout).not.toContain("\u001b[");
  },
);

test("colours are for terminals: a pipe gets none", async () => {
  const { franca, write } = workshop();
  write("a.txt", "Tea is brewed hot.");
  for (const args of [
    ["add", "a.txt"],
    ["search", "tea"],
    ["ask", "Is tea brewed hot?"],
    ["doctor"],
    ["nonsense"],
  ]) {
    const { stdout, stderr } = await franca(...args);
    expect(stdout + stderr).not.toBe("");
    expect(stdout + stderr).not.toContain("\u001b[");
  }
});

test("a reader that closes the pipe is no failure", async () => {
  const { start, write, franca } = workshop();
  write(
    "r.jsonl",
    Array.from({ length: 300 }, (_, i) => JSON.stringify({ id: i, text: `Text ${i} `.repeat(50) })).join(
      "\n",
    ),
  );
  write(
    "q.jsonl",
    Array.from({ length: 300 }, (_, i) => JSON.stringify({ id: i, text: `text ${i}` })).join("\n"),
  );
  expect((await franca("add", "r.jsonl")).code).toBe(0);
  const { child, outcome } = start("search", "--queries", "q.jsonl", "--limit", "100");
  child.stdout!.once("data", () => child.stdout!.destroy());
  const { code, stderr } = await outcome;
  expect(stderr).toBe("");
  expect(code).toBe(0);
});
