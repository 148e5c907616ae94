/** `franca add`, `search` and `ask` as a user runs them. */
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Outcome, workshop } from "./cli.ts";

function ok(outcome: Outcome): Outcome {
  expect(outcome.code, outcome.stderr + outcome.stdout).toBe(0);
  return outcome;
}

// biome-ignore lint/suspicious/noExplicitAny: what a program prints is only known by what is expected of it below
const parsed = (outcome: Outcome): any => JSON.parse(ok(outcome).stdout);

const tea = "# Tea\n\nIntroduction.\n\n## Green\n\nGreen tea is brewed at 70 degrees 🍵 for two minutes.\n";
const coffee = "Coffee is ground before it is brewed.\n\nEspresso needs nine bars of pressure.\n";
const page = "<title>Cocoa</title><h1>Cocoa</h1><p>Cocoa &amp; milk are <b>stirred</b> slowly.</p>";
const records = [
  { id: "oolong", title: "Oolong", text: "A tea between green and black.", year: 2021 },
  { id: 7, text: "Mate is drunk from a gourd.", year: 1999 },
];

test("add, search and ask: every format is found, and each citation stands in its file word for word", async () => {
  const { franca, write, folder } = workshop();
  write("notes/tea.md", tea);
  write("notes/deep/coffee.txt", coffee);
  write("notes/cocoa.html", page);
  write("notes/.hidden/secret.md", "Hidden.");
  write("notes/node_modules/p/readme.md", "Package.");
  write("notes/picture.png", "no document");
  write("drinks.jsonl", records.map((record) => JSON.stringify(record)).join("\n"));
  const report = parsed(await franca("add", "notes", "drinks.jsonl", "--json"));
  expect(report.files).toMatchObject({ total: 4, added: 4, failed: 0 });

  const { hits } = parsed(await franca("search", "espresso pressure", "--json", "--limit", "1")) as {
    hits: { source: string; span: [number, number]; text: string; score: number; legs: object }[];
  };
  expect(hits[0]).toMatchObject({ source: "notes/deep/coffee.txt", legs: { vector: {}, keyword: {} } });
  expect(coffee.slice(...hits[0]!.span)).toBe(hits[0]!.text);

  const asked = parsed(await franca("ask", "At how many degrees is green tea brewed?", "--json")) as {
    found: boolean;
    text: string;
    citations: { source: string; span: [number, number]; quote: string; line: number; number: number }[];
  };
  expect(asked.found).toBe(true);
  expect(asked.citations[0]).toMatchObject({ number: 1, source: "notes/tea.md", line: 7 });
  expect(asked.text).toContain("70 degrees 🍵 for two minutes. [1]");
  for (const { source, span, quote } of asked.citations)
    if (source.endsWith(".md")) expect(readFileSync(join(folder, source), "utf8").slice(...span)).toBe(quote);

  const shown = ok(await franca("ask", "What is stirred slowly with milk?")).stdout;
  expect(shown).toContain("Cocoa & milk are stirred slowly. [1]");
  expect(shown).toContain("[1] notes/cocoa.html:1");
  const elsewhere = parsed(await franca("ask", "Who won the football world cup?", "--json"));
  expect(elsewhere).toMatchObject({ found: false, citations: [] });
});

test("a filter and its short form say the same, in every mode", async () => {
  const { franca, write } = workshop();
  write("drinks.jsonl", records.map((record) => JSON.stringify(record)).join("\n"));
  write("tea.md", tea);
  ok(await franca("add", "drinks.jsonl", "tea.md"));
  const ids = (outcome: Outcome): unknown[] =>
    (parsed(outcome).hits as { id: unknown }[]).map((hit) => hit.id);
  const filter = JSON.stringify({ field: "year", range: { gte: 2000 } });
  for (const mode of ["hybrid", "vector", "keyword"]) {
    const common = ["search", "tea in a gourd", "--json", "--mode", mode];
    expect(ids(await franca(...common, "--filter", filter))).toEqual(["oolong"]);
    expect(ids(await franca(...common, "--where", "year>=2000"))).toEqual(["oolong"]);
    expect(ids(await franca(...common, "--where", "year=1999"))).toEqual([7]);
    expect(ids(await franca(...common, "--where", "year=1999", "--where", "year!=1999"))).toEqual([]);
    expect(ids(await franca(...common, "--where", "source=tea.md")).length).toBeGreaterThan(0);
  }
});

test("a file of questions gives one line each in order, every record once by its own id", async () => {
  const { franca, write } = workshop();
  const long = "Bergamot oil scents it. Steep it well. ".repeat(40).trim();
  write(
    "r.jsonl",
    [...records, { id: "earl", title: "Earl Grey", text: long }].map((r) => JSON.stringify(r)).join("\n"),
  );
  ok(await franca("add", "r.jsonl", "--record-size", "500", "--chunk-size", "300"));
  write("q.jsonl", '{"id":"b","text":"bergamot oil"}\n\n{"id":"a","text":"gourd"}\n');
  for (const mode of ["hybrid", "vector", "keyword"]) {
    const lines = ok(await franca("search", "--queries", "q.jsonl", "--json", "--mode", mode))
      .stdout.trim()
      .split("\n");
    const answers = lines.map((line) => JSON.parse(line) as { id: string; hits: { id: unknown }[] });
    expect(answers.map(({ id, hits }) => [id, hits[0]?.id])).toEqual([
      ["b", "earl"],
      ["a", 7],
    ]);
    for (const { hits } of answers) expect(new Set(hits.map((hit) => hit.id)).size).toBe(hits.length);
  }
});

test("adding again follows what changed: nothing, a change, a rename, a deletion", async () => {
  const { franca, write, remove, folder } = workshop();
  write("d/tea.md", tea);
  write("d/coffee.txt", coffee);
  write("other.txt", "Elsewhere.");
  ok(await franca("add", "d", "other.txt"));
  const again = async (): Promise<{ files: object; chunks: { embedded: number } }> =>
    parsed(await franca("add", "d", "--json"));
  expect(await again()).toMatchObject({ files: { unchanged: 2 }, chunks: { embedded: 0 } });
  write("d/tea.md", tea.replace("Introduction.", "A new introduction."));
  expect(await again()).toMatchObject({ files: { changed: 1, unchanged: 1 }, chunks: { embedded: 1 } });
  renameSync(join(folder, "d/tea.md"), join(folder, "d/renamed.md"));
  expect(await again()).toMatchObject({ files: { renamed: 1, removed: 0 }, chunks: { embedded: 0 } });
  const found = ok(await franca("search", "green tea degrees", "--limit", "1")).stdout;
  expect(found).toContain("d/renamed.md:");
  remove("d/coffee.txt");
  expect(await again()).toMatchObject({ files: { removed: 1 }, chunks: { removed: 1 } });
  const rest = parsed(await franca("search", "espresso", "--json")).hits as { source: string }[];
  expect(new Set(rest.map((hit) => hit.source))).toEqual(new Set(["d/renamed.md", "other.txt"]));
});

test("a malformed line is named by file and line, the others are kept, the exit code is 1", async () => {
  const { franca, write } = workshop();
  write("r.jsonl", '{"id":"a","text":"Apple"}\n{"id":"b"}\nnonsense\n{"id":"c","text":"Cherry"}\n');
  write("latin.txt", new Uint8Array([0x63, 0x61, 0x66, 0xe9]));
  const outcome = await franca("add", "r.jsonl", "latin.txt");
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/^r\.jsonl:2: "text" must be a string/m);
  expect(outcome.stderr).toMatch(/^r\.jsonl:3: expected one JSON object a line/m);
  expect(outcome.stderr).toMatch(/^latin\.txt: expected text in UTF-8/m);
  const { hits } = parsed(await franca("search", "fruit", "--json", "--mode", "vector"));
  expect((hits as { id: string }[]).map((hit) => hit.id).sort()).toEqual(["a", "c"]);
});

test("paths open from where the command runs, also when the database lies elsewhere", async () => {
  const { franca, write, folder } = workshop();
  write("docs/tea.md", tea);
  ok(await franca("add", "docs", "--db", "data/deep/db"));
  const { hits } = parsed(await franca("search", "green tea", "--json", "--db", "data/deep/db"));
  const [hit] = hits as { source: string; span: [number, number]; text: string }[];
  expect(hit!.source).toBe("docs/tea.md");
  expect(readFileSync(join(folder, hit!.source), "utf8").slice(...hit!.span)).toBe(hit!.text);
  const filtered = parsed(
    await franca("search", "tea", "--json", "--db", "data/deep/db", "--where", "source=docs/tea.md"),
  );
  expect((filtered.hits as unknown[]).length).toBeGreaterThan(0);
});
