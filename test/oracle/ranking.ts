/**
 * What rankings mean: every live point is looked at, in doubles, by the textbook's formula.
 */

import { compareIds, type PointId } from "../../src/model/id.ts";
import type { JsonValue } from "../../src/model/payload.ts";
import type { CollectionSchema, Metric, TextField } from "../../src/model/schema.ts";
import { analyze } from "../../src/text/analysis.ts";
import { valuesOf } from "./filter.ts";

export interface Scored {
  id: PointId;
  score: number;
}

export function similarity(metric: Metric, a: readonly number[], b: readonly number[]): number {
  const sum = (term: (x: number, y: number) => number): number =>
    a.reduce((total, x, i) => total + term(x, b[i]!), 0);
  const dot = sum((x, y) => x * y);
  switch (metric) {
    case "dot":
      return dot;
    case "cosine": {
      const norms = Math.sqrt(sum((x) => x * x)) * Math.sqrt(sum((_, y) => y * y));
      return norms === 0 ? 0 : dot / norms;
    }
    case "euclidean":
      return Math.sqrt(sum((x, y) => (x - y) ** 2));
    case "manhattan":
      return sum((x, y) => Math.abs(x - y));
  }
}

/** Over the rows asked, the nearest of a point's rows, summed; of euclidean distances the squares, and the root of the sum. */
export function maxSimilarity(
  metric: Metric,
  asked: readonly (readonly number[])[],
  rows: readonly (readonly number[])[],
): number {
  const power = metric === "euclidean" ? 2 : 1;
  const nearest = asked.map((one) => {
    const all = rows.map((row) => similarity(metric, one, row));
    return largerIsBetter(metric) ? Math.max(...all) : Math.min(...all);
  });
  return nearest.reduce((sum, score) => sum + score ** power, 0) ** (1 / power);
}

export function largerIsBetter(metric: Metric): boolean {
  return metric === "cosine" || metric === "dot";
}

export function inOrder(scored: Scored[], larger: boolean): Scored[] {
  return scored.sort((a, b) => (larger ? b.score - a.score : a.score - b.score) || compareIds(a.id, b.id));
}

interface Document {
  id: PointId;
  payload: JsonValue;
}

/** BM25 over `candidates`, with the statistics of `documents`. */
export function bm25(
  schema: CollectionSchema,
  documents: readonly Document[],
  candidates: readonly Document[],
  query: string,
  fields: readonly string[],
): Scored[] {
  const scores = new Map<PointId, number>();
  for (const path of fields) {
    const field = schema.payload![path] as TextField;
    const { language = "english", k1 = 1.2, b = 0.75 } = field;
    const wordsOf = ({ payload }: Document): string[] =>
      valuesOf(payload, path).flatMap((value) => (typeof value === "string" ? analyze(value, language) : []));
    const texts = documents.map(wordsOf).filter((words) => words.length > 0);
    const average = texts.reduce((sum, words) => sum + words.length, 0) / texts.length;
    for (const word of analyze(query, language)) {
      const holding = texts.filter((words) => words.includes(word)).length;
      const idf = Math.log(1 + (texts.length - holding + 0.5) / (holding + 0.5));
      for (const candidate of candidates) {
        const words = wordsOf(candidate);
        const tf = words.filter((one) => one === word).length;
        if (tf === 0) continue;
        const part = (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * words.length) / average));
        scores.set(candidate.id, (scores.get(candidate.id) ?? 0) + part);
      }
    }
  }
  return inOrder(
    [...scores].map(([id, score]) => ({ id, score })),
    true,
  );
}

/**
 * Whether rounding alone could order two of these the other way round. Cosines of different vectors may be equal on
 * paper and differ in float32, so that for them not even a tie is certain; sums of small integers are exact.
 */
export function isFragile(ranking: readonly Scored[], tiesAreCertain: boolean): boolean {
  return ranking.some(({ score }, i) => {
    if (i === 0) return false;
    const gap = Math.abs(ranking[i - 1]!.score - score);
    return (gap !== 0 || !tiesAreCertain) && gap < 1e-6 * Math.max(1, Math.abs(score));
  });
}
