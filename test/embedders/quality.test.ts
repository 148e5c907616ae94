/** Retrieval quality of the static model on the known-item sets, against MiniLM's (formulas: the README of the sets). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { staticEmbedder } from "../../src/embedders/static.ts";
import { knownItem, readLines, reasonToSkip } from "./shared.ts";

/** nDCG@10 of all-MiniLM-L6-v2 in fp32. */
const miniLmQuality = { squad: 0.783, docs: 0.5407, cranfield: 0.3736, banking77: 0.5601 };
const depth = 10;
const discount = (rank: number) => 1 / Math.log2(rank + 2);

async function ndcg(embedder: Embedder, set: string): Promise<number> {
  const documents = readLines<{ id: string; title: string; text: string }>(
    join(knownItem, set, "docs.jsonl"),
  );
  const queries = readLines<{ id: string; text: string }>(join(knownItem, set, "queries.jsonl"));
  const grades = readGrades(join(knownItem, set, "qrels.tsv"));
  const texts = documents.map((d) => (d.title === "" ? d.text : `${d.title}\n${d.text}`));
  const passages = (await embedder.embedText(texts)).vectors;
  const questions = (
    await embedder.embedText(
      queries.map((q) => q.text),
      { role: "query" },
    )
  ).vectors;
  let sum = 0;
  queries.forEach((query, q) => {
    const relevant = grades.get(query.id) ?? new Map<string, number>();
    const found = nearest(passages, questions, q, embedder.dimension).map(
      (d) => relevant.get(documents[d]!.id) ?? 0,
    );
    const ideal = [...relevant.values()].sort((a, b) => b - a).slice(0, depth);
    const gain = (list: number[]) => list.reduce((total, grade, rank) => total + grade * discount(rank), 0);
    sum += gain(ideal) > 0 ? gain(found) / gain(ideal) : 0;
  });
  return sum / queries.length;
}

function readGrades(path: string): Map<string, Map<string, number>> {
  const grades = new Map<string, Map<string, number>>();
  for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
    const [query, document, grade] = line.split("\t") as [string, string, string];
    if (!grades.has(query)) grades.set(query, new Map());
    grades.get(query)!.set(document, Number(grade));
  }
  return grades;
}

/** Indexes of the ten passages nearest to question q, best first. */
function nearest(passages: Float32Array, questions: Float32Array, q: number, dimension: number): number[] {
  const scores = new Float64Array(passages.length / dimension);
  for (let d = 0; d < scores.length; d++) {
    let score = 0;
    for (let j = 0; j < dimension; j++) score += passages[d * dimension + j]! * questions[q * dimension + j]!;
    scores[d] = score;
  }
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, depth);
}

describe("the static model's retrieval quality", () => {
  const reason = reasonToSkip(knownItem);
  it.skipIf(reason)(
    `is at least 0.91 of MiniLM's nDCG@10 on the mean of the known-item sets, and 0.84 on each${reason ? ` (skipped: ${reason})` : ""}`,
    async () => {
      const embedder = await staticEmbedder();
      const ratios: number[] = [];
      for (const [set, baseline] of Object.entries(miniLmQuality)) {
        const ratio = (await ndcg(embedder, set)) / baseline;
        expect(ratio, set).toBeGreaterThan(0.84);
        ratios.push(ratio);
      }
      expect(ratios.reduce((sum, r) => sum + r, 0) / ratios.length).toBeGreaterThanOrEqual(0.91);
    },
  );
});
