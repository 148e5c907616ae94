/**
 * From a filter to the slots that match it, exactly: by indexes first, then by reading the payloads of what they leave in doubt.
 */
import { cancelledError } from "../../errors.ts";
import type { CheckedFilter } from "../../model/checked-filter.ts";
import type { Explanation, Warning } from "../../model/result.ts";
import { checkFilter } from "../../model/validate-filter.ts";
import { andInto, andNotInto, type Bitset, countBits, setBit, setBits } from "../bitset.ts";
import { analyzeForMatch } from "../index/text/analysis.ts";
import type { CollectionView } from "../view.ts";
import { boundsOf } from "./bounds.ts";
import { createPauser } from "./pause.ts";
import { compilePredicate } from "./predicate.ts";

export interface SelectedSlots {
  /** Live slots that match. The caller's to change. */
  bits: Bitset;
  count: number;
  warnings: Warning[];
  explain: Explanation;
}

export interface SelectOptions {
  signal?: AbortSignal | undefined;
  /** Select among these; default the live slots as of now. Not changed. */
  live?: Bitset;
}

/** Payloads asked for at once. */
const batchSize = 256;

/** @throws FrancaError invalid_argument, cancelled */
export function selectSlots(
  view: CollectionView,
  filter: unknown,
  options: SelectOptions = {},
): Promise<SelectedSlots> {
  return selectChecked(view, checkFilter(filter, view.payloadFields), options);
}

export async function selectChecked(
  view: CollectionView,
  filter: CheckedFilter | undefined,
  { signal, live = view.liveSnapshot() }: SelectOptions = {},
): Promise<SelectedSlots> {
  const start = performance.now();
  if (filter === undefined) {
    const count = countBits(live);
    return { bits: live.slice(), count, warnings: [], explain: explained("no filter: every point", count) };
  }
  const { sure, possible } = boundsOf(filter, view, live.length * 32);
  andInto(sure, live);
  if (sure === possible) {
    const count = countBits(sure);
    return {
      bits: sure,
      count,
      warnings: filterWarnings(filter, 0),
      explain: explained("by indexes alone", count),
    };
  }
  andInto(possible, live);
  const estimate = countBits(possible);
  andNotInto(possible, sure);
  const doubtful = [...setBits(possible)];
  const holds = compilePredicate(filter);
  const pause = createPauser();
  for (let at = 0; at < doubtful.length; at += batchSize) {
    if (signal?.aborted) throw cancelledError("the filter", signal);
    const batch = doubtful.slice(at, at + batchSize);
    const payloads = await view.payloads(batch);
    for (const [i, slot] of batch.entries()) if (holds(payloads[i]!, view.idOf(slot))) setBit(sure, slot);
    await pause();
  }
  const count = countBits(sure);
  return {
    bits: sure,
    count,
    warnings: filterWarnings(filter, doubtful.length),
    explain: { ...explained(`by indexes, then ${doubtful.length} payloads read`, count), estimate },
  };

  function explained(choice: string, actual: number): Explanation {
    return { step: "filter", choice, actual, timeMs: performance.now() - start };
  }
}

/** What a filter's author should know: conditions that cost reading payloads, and words that are none. */
export function filterWarnings(filter: CheckedFilter, payloadsRead: number): Warning[] {
  const warnings = new Map<string, Warning>();
  visit(filter);
  return [...warnings.values()];

  function visit(part: CheckedFilter): void {
    if (part.kind === "and" || part.kind === "or") part.filters.forEach(visit);
    else if (part.kind === "not" || part.kind === "nested") visit(part.filter);
    else if (part.kind === "field") {
      const { path, declared, test } = part;
      if (declared === undefined) {
        warnings.set(`undeclared ${path}`, {
          code: "undeclared_field",
          message: `"${path}" is not declared, so that payloads are read to filter by it; declare it with alter() to index it`,
          details: { field: path, payloadsRead },
        });
      }
      if (test.operator !== "match") return;
      const language = declared?.type === "text" ? (declared.language ?? "english") : "english";
      if (analyzeForMatch(test.query, language).length > 0) return;
      warnings.set(`words ${path}`, {
        code: "no_searchable_words",
        message: `the words to match in "${path}" are all stop words or signs, so that nothing matches`,
        details: { field: path },
      });
    }
  }
}
