/** Laws of incremental ingest, over a naive Store that can fail between any two writes. */
import { beforeEach, expect, test } from "vitest";
import { isFrancaError } from "../../src/errors.ts";
import { memoryFile, type SourceFile } from "../../src/rag/documents/document.ts";
import { type IngestOptions, type IngestReport, ingest } from "../../src/rag/ingest/ingest.ts";
import type { ChunkPayload } from "../../src/rag/ingest/schema.ts";
import { type LettersEmbedder, lettersEmbedder } from "./letters.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";

let store: MemoryStore;
let embedder: LettersEmbedder;
let files: Map<string, { content: string; modifiedMs: number }>;
let clock = 1000;

beforeEach(() => {
  store = memoryStore();
  embedder = lettersEmbedder();
  files = new Map();
});

function write(path: string, content: string): void {
  files.set(path, { content, modifiedMs: clock++ });
}

function listed(): SourceFile[] {
  return [...files].map(([path, { content, modifiedMs }]) => memoryFile(path, content, modifiedMs));
}

function add(options: Partial<IngestOptions> = {}): Promise<IngestReport> {
  return ingest({ store, embedder, files: listed(), covers: () => true, batchSize: 4, ...options });
}

interface Seen {
  source: string;
  text: string;
  start: number;
  end: number;
}
function chunks(): Seen[] {
  return store
    .points("documents")
    .map(({ payload }) => payload as unknown as ChunkPayload)
    .map(({ source, text, chunk }) => ({ source, text, start: chunk.start, end: chunk.end }))
    .sort((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : a.start - b.start));
}

/** What a fresh database would hold. */
async function expectComplete(): Promise<void> {
  const kept = chunks();
  const rows = store.points("documents.sources").map(({ payload }) => [payload.path, payload.done]);
  const before = store;
  store = memoryStore();
  await add();
  expect(kept).toEqual(chunks());
  expect(rows.sort()).toEqual([...files.keys()].sort().map((path) => [path, true]));
  for (const { source, text, start, end } of kept)
    if (!source.endsWith(".jsonl")) expect(files.get(source)!.content.slice(start, end)).toBe(text);
  store = before;
}

const section = (n: number): string => `## Part ${n}\n\nText of part ${n}, number ${n}.\n\n`;
const guide = (...parts: number[]): string => `# Guide\n\n${parts.map(section).join("")}`;

test("a second run over unchanged files reads and embeds nothing", async () => {
  write("a.md", guide(1, 2, 3));
  write("b.txt", "Some text.");
  const first = await add();
  expect(first.files).toMatchObject({ added: 2, unchanged: 0 });
  expect(first.chunks.embedded).toBe(4);
  const unread = listed().map((file) => ({
    ...file,
    read: () => Promise.reject(new Error("must not be read")),
  }));
  const second = await add({ files: unread });
  expect(second.files).toMatchObject({ unchanged: 2, added: 0, changed: 0, failed: 0 });
  expect(embedder.embedded).toBe(4);
  await expectComplete();
});

test("a touched file is read, and nothing of it is embedded or written", async () => {
  write("a.md", guide(1, 2));
  await add();
  const before = embedder.embedded;
  write("a.md", guide(1, 2));
  const report = await add();
  expect(report.files).toMatchObject({ unchanged: 1, changed: 0 });
  expect(embedder.embedded).toBe(before);
});

test("of a changed file only new chunks are embedded, moved ones keep their point, old ones go", async () => {
  write("a.md", guide(1, 2, 3));
  await add();
  const ids = new Map(store.points("documents").map(({ id, payload }) => [payload.text, id]));
  write("a.md", `# Guide\n\n${section(9)}${section(2)}${section(3)}`);
  const report = await add();
  expect(report.files).toMatchObject({ changed: 1 });
  expect(report.chunks).toMatchObject({ embedded: 1, removed: 1 });
  for (const { id, payload } of store.points("documents"))
    if (ids.has(payload.text!)) expect(id).toBe(ids.get(payload.text!));
  await expectComplete();
});

test("a renamed file keeps its points and is not embedded again, also when its old name is taken anew", async () => {
  write("old.md", guide(1, 2));
  await add();
  const ids = store.points("documents").map(({ id }) => id);
  const before = embedder.embedded;
  files.set("new.md", files.get("old.md")!);
  files.delete("old.md");
  const report = await add();
  expect(report.files).toMatchObject({ renamed: 1, removed: 0, added: 0 });
  expect(embedder.embedded).toBe(before);
  expect(store.points("documents").map(({ id }) => id)).toEqual(ids);
  expect(chunks().map(({ source }) => source)).toEqual(["new.md", "new.md"]);
  await expectComplete();
  write("old.md", guide(1, 2));
  await add();
  expect(chunks()).toHaveLength(4);
  await expectComplete();
});

test("deleted files lose their chunks only where the run covers them", async () => {
  write("docs/a.txt", "Alpha.");
  write("docs/b.txt", "Beta.");
  write("other/c.txt", "Gamma.");
  await add();
  files.delete("docs/b.txt");
  files.delete("other/c.txt");
  const report = await add({ covers: (path) => path.startsWith("docs/") });
  expect(report.files.removed).toBe(1);
  expect(chunks().map(({ source }) => source)).toEqual(["docs/a.txt", "other/c.txt"]);
});

test("records keep their ids; a change of metadata is written without embedding, a removed line goes", async () => {
  write("r.jsonl", '{"id":"x","title":"T","text":"Xylophone","year":1}\n{"id":7,"text":"Seven"}\n');
  await add();
  expect(store.points("documents").map(({ id }) => id)).toEqual([7, "x"]);
  expect(
    chunks()
      .map(({ text }) => text)
      .sort(),
  ).toEqual(["Seven", "T\nXylophone"]);
  const before = embedder.embedded;
  write("r.jsonl", '{"id":"x","title":"T","text":"Xylophone","year":2,"source":"mine"}\n');
  const report = await add();
  expect(report.chunks).toMatchObject({ embedded: 0, reused: 1, removed: 1 });
  expect(embedder.embedded).toBe(before);
  const [point] = store.points("documents");
  expect(point!.payload).toMatchObject({ year: 2, source: "r.jsonl", metadata: { source: "mine" } });
});

test("a malformed line is reported with file and line, the others are kept, and it is read again next time", async () => {
  write(
    "r.jsonl",
    '{"id":"a","text":"A"}\nnonsense\n{"id":"b"}\n{"id":"a","text":"again"}\n{"id":"c","text":"C"}\n',
  );
  const report = await add();
  expect(report.problems.map(({ source, line }) => `${source}:${line}`).sort()).toEqual([
    "r.jsonl:2",
    "r.jsonl:3",
    "r.jsonl:4",
  ]);
  expect(report.files.failed).toBe(1);
  expect(store.points("documents").map(({ id, payload }) => [id, payload.text])).toEqual([
    ["a", "A"],
    ["c", "C"],
  ]);
  write("r.jsonl", '{"id":"a","text":"A"}\n{"id":"c","text":"C"}\n');
  expect((await add()).files).toMatchObject({ failed: 0, added: 1 });
  await expectComplete();
});

test("a record id of another file is refused, not overwritten", async () => {
  write("a.jsonl", '{"id":1,"text":"mine"}\n');
  write("b.jsonl", '{"id":1,"text":"theirs"}\n');
  const report = await add();
  expect(report.problems).toHaveLength(1);
  expect(report.problems[0]).toMatchObject({ source: "b.jsonl", line: 1 });
  expect(chunks().map(({ text }) => text)).toEqual(["mine"]);
});

test("whichever write fails, the next run completes the database without duplicates", async () => {
  for (let fatal = 0; ; fatal++) {
    store = memoryStore();
    files = new Map();
    write("a.md", guide(1, 2, 3, 4, 5));
    write("b.txt", "Same.");
    write("gone.txt", "To be deleted.");
    write("old.md", guide(6, 7));
    write("r.jsonl", '{"id":1,"text":"one"}\n{"id":2,"text":"two"}\n');
    await add();
    write("a.md", guide(1, 3, 8, 5, 9));
    files.delete("gone.txt");
    files.set("new.md", files.get("old.md")!);
    files.delete("old.md");
    write("r.jsonl", '{"id":2,"text":"two"}\n{"id":3,"text":"three"}\n');
    let writes = 0;
    let failed = false;
    store.beforeWrite = () => {
      failed = writes++ === fatal;
      if (failed) throw new Error("the machine stopped");
    };
    const outcome = await add().catch((error: Error) => error.message);
    store.beforeWrite = () => {};
    if (typeof outcome !== "string") {
      expect(fatal).toBeGreaterThan(6);
      break;
    }
    expect(outcome).toBe("the machine stopped");
    const rows = new Set(store.points("documents.sources").map(({ payload }) => payload.path));
    for (const { source } of chunks()) expect(rows).toContain(source);
    await add();
    await expectComplete();
  }
});

test("an aborted run stops behind a batch, says what is done, and the next goes on without embedding that again", async () => {
  for (let i = 0; i < 40; i++) write(`${i}.txt`, `Text number ${i}.`);
  const controller = new AbortController();
  const error = await add({
    signal: controller.signal,
    onProgress: ({ chunks: written }) => written >= 8 && controller.abort(),
  }).then(
    () => expect.fail("was not cancelled"),
    (reason: unknown) => reason,
  );
  if (!isFrancaError(error, "cancelled")) throw error;
  const { chunks: done } = error.details.report as IngestReport;
  expect(done.embedded).toBeGreaterThanOrEqual(8);
  expect(done.embedded).toBeLessThan(40);
  expect(chunks()).toHaveLength(done.embedded);
  await add();
  expect(embedder.embedded).toBe(40);
  await expectComplete();
});

test("another model's collection is refused", async () => {
  write("a.txt", "Text.");
  await add();
  await expect(add({ embedder: lettersEmbedder("2") })).rejects.toMatchObject({
    code: "failed_precondition",
  });
});

test("a file that is not UTF-8, or cannot be read, is reported and keeps the chunks it had", async () => {
  write("a.txt", "Text.");
  await add();
  const broken = {
    ...memoryFile("a.txt", "x", clock++),
    read: async () => new Uint8Array([0xff, 0xfe, 0x80]),
  };
  const unreadable = { ...memoryFile("b.txt", "x"), read: () => Promise.reject(new Error("EACCES")) };
  const report = await add({ files: [broken, unreadable] });
  expect(report.problems.map(({ source }) => source).sort()).toEqual(["a.txt", "b.txt"]);
  expect(report.files.failed).toBe(2);
  expect(chunks().map(({ text }) => text)).toEqual(["Text."]);
});

test("other chunk sizes cut the files anew", async () => {
  write("a.txt", "One sentence. ".repeat(100));
  await add();
  const before = chunks().length;
  await add({ chunk: { limit: 100 } });
  expect(chunks().length).toBeGreaterThan(before * 5);
  for (const { text } of chunks()) expect(text.length).toBeLessThanOrEqual(100);
});
