/**
 * What a reader gets, and what it is told beside: why an answer is short, what was approximate, what was slow.
 */
import type { PointId } from "./id.ts";
import type { StoredPoint } from "./point.ts";
import type { CollectionSchema } from "./schema.ts";

export interface Hit<S extends CollectionSchema = CollectionSchema> extends StoredPoint<S> {
  /**
   * Best first. Cosine similarity, dot product, BM25 and fused scores: larger is better.
   * Euclidean and manhattan: the distance, smaller is better. Ties are in the order of ids.
   */
  score: number;
  /** For fusion: what each leg said of this point; legs that did not find it are absent. */
  legs?: { [name: string]: { score: number; rank: number } };
}

export interface QueryResult<S extends CollectionSchema = CollectionSchema> {
  hits: Hit<S>[];
  /** Present exactly when there are fewer hits than `limit`. */
  shortfall?: Shortfall;
  warnings: Warning[];
  explain?: Explanation;
}

export interface Shortfall {
  /**
   * "filter": the filter and the ranking leave fewer points; "threshold": the score threshold cut;
   * "candidates": a fusion's legs brought fewer; "collection": the collection holds fewer.
   */
  reason: "filter" | "threshold" | "candidates" | "collection";
  /** Points that match the filter (and, for text, the query; and that have the vector field asked for), exactly. */
  matched: number;
  message: string;
}

export interface Warning {
  code:
    | "undeclared_field"
    | "index_unsuited"
    | "derived_rebuilt"
    | "damaged_points"
    | "tail_cut"
    | "background_failed"
    | "input_truncated"
    | "no_searchable_words";
  message: string;
  details?: Record<string, unknown>;
}

/** One step of the way an answer took; steps nest. */
export interface Explanation {
  /** "filter", "recall", "plan", "scan", "graph", "text", "fusion", "fetch". */
  step: string;
  /** What was chosen, and why, in words. */
  choice?: string;
  /** Points expected, and points found to be. */
  estimate?: number;
  actual?: number;
  /**
   * Where a recall was asked for: the target, the pool width chosen (absent when the scan is exact), the recall that was
   * measured at this width, and the lower bound of its confidence interval.
   */
  recall?: { target: number; ef?: number; calibrated?: number; low?: number };
  /** What each way of doing it was expected to take. */
  costsMs?: { [way: string]: number };
  timeMs: number;
  /** From the start of the query to that of this step; absent for what took no time of its own. */
  startMs?: number;
  steps?: Explanation[];
}

/** Recall of the queries that were answered approximately, by a sample of them that was repeated exactly. */
export interface RecallEstimate {
  field: string;
  /** Whether a filter left all points, at least a tenth of them, or fewer. */
  filter: "none" | "broad" | "narrow";
  /** Hits asked for: 1, up to 10 (10), or more (100). */
  k: number;
  /** Share of the true k nearest that was found. */
  recall: number;
  /** Bounds of its 95 % confidence interval. */
  low: number;
  high: number;
  /** Queries repeated; the last 500 count. */
  samples: number;
}

/** Recall over effort as it was measured: what targets of recall are reached by. */
export interface CalibrationStats {
  field: string;
  filter: RecallEstimate["filter"];
  /** For up to so many hits. */
  k: number;
  /** Queries measured with: made from stored points, and asked. */
  made: number;
  asked: number;
  /** Whether it is to be measured again. */
  isDue: boolean;
  /** By ef: recall, and the lower bound of its confidence interval. By the queries asked where there are any. */
  curve: { ef: number; recall: number; low: number }[];
}

export interface WriteResult {
  /** Log sequence number of the write; a read that has seen it sees the write. */
  lsn: number;
  /** Points written, updated or deleted. */
  count: number;
}

export interface ScrollPage<S extends CollectionSchema = CollectionSchema> {
  /** In the order of ids. */
  points: StoredPoint<S>[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: PointId;
  warnings: Warning[];
}
