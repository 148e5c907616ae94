/**
 * Retrieval quality, end to end through the CLI: adds each known-item set, asks all its questions by vector, keyword
 * and hybrid search with each embedder, and writes nDCG@10, recall@10 and MRR@10 to docs/retrieval-quality.md.
 *
 *   npm run build
 *   node scripts/retrieval-quality.mjs [folder of sets] [folder of all-MiniLM-L6-v2]
 *
 * A set is a folder with docs.jsonl, queries.jsonl and qrels.tsv (query, document, grade). Without the second folder
 * the default embedder alone is measured.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const sets = resolve(process.argv[2] ?? join(root, "../shared/data/known-item"));
const transformer = resolve(process.argv[3] ?? join(root, "../shared/models/all-MiniLM-L6-v2"));
const embedders = [["static (default)", "static"]];
if (existsSync(transformer)) embedders.push(["all-MiniLM-L6-v2", `transformers:${transformer}`]);
const modes = ["vector", "keyword", "hybrid"];
const depth = 10;

const rows = [];
for (const set of readdirSync(sets, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
  for (const [name, spec] of embedders) rows.push(...measure(set.name, name, spec));
writeFileSync(join(root, "docs/retrieval-quality.md"), page(rows));

function measure(set, name, spec) {
  const folder = join(sets, set);
  const scratch = mkdtempSync(join(tmpdir(), "franca-quality-"));
  const franca = (...args) =>
    execFileSync(process.execPath, [join(root, "dist/cli/main.js"), ...args, "--db", join(scratch, "db")], {
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      stdio: ["ignore", "pipe", "inherit"],
    });
  try {
    franca("add", join(folder, "docs.jsonl"), "--embedder", spec);
    return modes
      .filter((mode) => mode !== "keyword" || spec === "static")
      .map((mode) => {
        const queries = join(folder, "queries.jsonl");
        const output = franca(
          "search",
          "--queries",
          queries,
          "--json",
          "--mode",
          mode,
          "--limit",
          String(depth),
        );
        const scores = score(output, readGrades(join(folder, "qrels.tsv")));
        const row = { set, embedder: mode === "keyword" ? "none" : name, mode, ...scores };
        console.log(set, row.embedder, mode, row.ndcg.toFixed(4));
        return row;
      });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readGrades(file) {
  const grades = new Map();
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    const [query, document, grade] = line.split("\t");
    if (!grades.has(query)) grades.set(query, new Map());
    grades.get(query).set(document, Number(grade));
  }
  return grades;
}

/** Linear gain; means over the questions. */
function score(output, grades) {
  const sums = { ndcg: 0, recall: 0, mrr: 0 };
  const answers = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const { id, hits } of answers) {
    const marks = grades.get(String(id)) ?? new Map();
    const found = hits.map((hit) => marks.get(String(hit.id)) ?? 0);
    if (new Set(hits.map((hit) => hit.id)).size !== hits.length)
      throw new Error(`a document twice for ${id}`);
    const relevant = [...marks.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
    const gain = (list) => list.slice(0, depth).reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
    sums.ndcg += relevant.length === 0 ? 0 : gain(found) / gain(relevant);
    sums.recall += relevant.length === 0 ? 0 : found.filter((grade) => grade > 0).length / relevant.length;
    const first = found.findIndex((grade) => grade > 0);
    sums.mrr += first < 0 ? 0 : 1 / (first + 1);
  }
  for (const name of Object.keys(sums)) sums[name] /= answers.length;
  return sums;
}

function page(measured) {
  const table = measured.map(
    ({ set, embedder, mode, ndcg, recall, mrr }) =>
      `| ${set} | ${mode} | ${embedder} | ${ndcg.toFixed(3)} | ${recall.toFixed(3)} | ${mrr.toFixed(3)} |`,
  );
  return `# Retrieval quality

Measured end to end, through \`franca add docs.jsonl\` and \`franca search --queries queries.jsonl --json\`, on four
small sets of real questions: paragraphs of Wikipedia (squad), abstracts in aerodynamics (cranfield), a bank's
customers' questions (banking77), and sections of software documentation (docs). Hybrid search fuses the two others
by reciprocal ranks.

| set | mode | embedder | nDCG@10 | recall@10 | MRR@10 |
| --- | --- | --- | --- | --- | --- |
${table.join("\n")}

nDCG@10 has linear gain. This page is written by a script; with the sets at hand, run it again like this:

\`\`\`text
npm run build
node scripts/retrieval-quality.mjs <folder of sets> <folder of all-MiniLM-L6-v2>
\`\`\`
`;
}
