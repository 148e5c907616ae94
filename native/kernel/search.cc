// Answering queries: scan what the graph does not cover, walk the graph or scan what passes the filter, re-rank exactly.
#include <new>

#include "index.h"
#include "scan.h"
#include "traverse.h"

namespace franca {
namespace {

// By rule of thumb, a vertex of a walk costs about as much as scanning this many codes, and a distance of a walk as much as
// one and a quarter. Hosts that measure pass modes and budgets of their own.
constexpr uint64_t kScansPerVertex = 16;
constexpr uint64_t budget_of_scan(uint64_t count) { return count - count / 5; }
// So few rows are scanned exactly by rule of thumb: it takes no longer than being clever.
constexpr uint64_t kFewRows = 1000;
constexpr size_t kReranked = 20;
constexpr size_t kRerankedAtOnce = 64;  // between two looks at whether the caller still wants it

struct Search {
  const fk_index &index;
  const fk_search_params &params;
  const Progress &progress;
  RowsView rows;
  const Graph &nodes;
  GraphView graph;
  uint64_t entry;
  Scratch &scratch;
  fk_search_stats stats{};
  SlotSet scanned;  // slots that the exact scan has offered already
  Buffer<Candidate> found;  // by codes, to be re-ranked
};

fk_status rerank(Search &search, const ExactQuery &query, const Candidate *found, size_t count, Nearest &nearest) {
  const RowsView &rows = search.rows;
  const size_t row_bytes = rows.vectors.row_bytes < 4096 ? rows.vectors.row_bytes : 4096;
  for (size_t i = 0; i < count && i < 2; i++) prefetch_lines(rows.vector(slot_of(found[i])), row_bytes);
  for (size_t i = 0; i < count; i++) {
    if (i % kRerankedAtOnce == 0 && search.progress.cancelled()) return FK_CANCELLED;
    const uint32_t slot = slot_of(found[i]);
    if (i + 2 < count) prefetch_lines(rows.vector(slot_of(found[i + 2])), row_bytes);
    if (search.scanned.has(slot)) continue;
    nearest.offer(candidate(exact_distance(query, rows.vector(slot), rows.norm(slot)), slot));
    search.stats.distances++;
  }
  return FK_OK;
}

// How many of the best by codes are worth an exact look.
size_t rerank_count(uint32_t k) { return k + k / 2 > kReranked ? k + k / 2 : kReranked; }

struct Range {
  uint32_t from, to;
};

Range range_of(const Search &search) {
  const fk_search_params &p = search.params;
  const bool all = p.from_slot == 0 && p.to_slot == 0;
  return {p.from_slot, all || p.to_slot > search.rows.slots ? search.rows.slots : p.to_slot};
}

fk_status by_rows(Search &search, const Selection &matches, const Scorer &scorer, Nearest &nearest) {
  const Range range = range_of(search);
  uint64_t scanned = 0;
  const fk_status status =
      scan_rows(matches, range.from, range.to, &scorer.exact, &nearest, 1, nullptr, search.progress, scanned);
  search.stats.scanned += scanned;
  search.stats.distances += scanned;
  return status;
}

fk_status by_codes(Search &search, const Selection &matches, const Scorer &scorer, Nearest &nearest) {
  if (!scorer.by_codes) return by_rows(search, matches, scorer, nearest);
  const Range range = range_of(search);
  size_t width = rerank_count(search.params.k) + search.params.k;
  if (width > search.rows.slots) width = search.rows.slots;
  if (!search.found.reserve(width)) return FK_NO_MEMORY;
  Nearest found{search.found.data, uint32_t(width)};
  uint64_t scanned = 0;
  fk_status status = scan_codes(matches, range.from, range.to, scorer, found, search.progress, scanned);
  if (status == FK_OK) status = rerank(search, scorer.exact, found.heap, found.size, nearest);
  search.stats.scanned += scanned;
  search.stats.distances += scanned;
  return status;
}

fk_status by_scan(Search &search, const Selection &matches, const Scorer &scorer, Nearest &nearest, bool exactly) {
  const uint64_t began = now_nanoseconds();
  const fk_status status =
      exactly ? by_rows(search, matches, scorer, nearest) : by_codes(search, matches, scorer, nearest);
  search.stats.scan_ns += now_nanoseconds() - began;
  return status;
}

fk_status by_graph(Search &search, const Selection &matches, Effort effort, bool stays, const Scorer &scorer,
                   Nearest &nearest) {
  const uint64_t began = now_nanoseconds();
  const uint32_t k = search.params.k;
  const bool all_pass = !search.params.allow && search.index.rows.deletions.load(std::memory_order_relaxed) == 0;
  Walk walk(search.graph, scorer, search.scratch, search.progress);
  const uint32_t at = descend(walk, uint32_t(search.entry), uint32_t(search.entry >> 32) - 1, 0);
  const fk_status status =
      all_pass ? walk_level(walk, at, 0, effort.wanted) : walk_matching(walk, at, matches, effort);
  search.stats.distances += walk.distances;
  search.stats.walked += walk.distances;
  search.stats.hops += walk.hops;
  search.stats.seen += effort.seen;
  search.stats.passed += effort.passed;
  search.stats.walk_ns += now_nanoseconds() - began;
  if (status != FK_OK) return status;
  Pool &pool = search.scratch.pool;
  size_t passing = effort.gave_up ? 0 : pool.size;
  if (!all_pass && passing) {
    passing = 0;
    for (size_t i = 0; i < pool.size; i++) {
      if (matches.has(slot_of(pool.items[i]))) pool.items[passing++] = pool.items[i];
    }
  }
  // A filter that goes with the data can leave the neighbourhood empty: then the estimate was wrong, and a scan is right.
  // So it is where links lead to too few, which only the scan can tell from there being no more.
  if (passing < k) {
    search.stats.gave_up++;
    return stays ? FK_OK : by_scan(search, matches, scorer, nearest, false);
  }
  const size_t reranked = rerank_count(k);
  return rerank(search, scorer.exact, pool.items.data, passing < reranked ? passing : reranked, nearest);
}

// Vertices that may be returned. Without a filter an estimate does, since it only weighs a walk.
uint64_t count_matches(const Search &search, const Selection &matches) {
  if (search.params.allow) return matches.count();
  const uint64_t nodes = search.nodes.nodes.load(std::memory_order_relaxed);
  const uint64_t deletions = search.index.tally.deleted_in_graph.load(std::memory_order_relaxed);
  return deletions * 2 < nodes ? nodes - deletions : matches.count();
}

fk_status by_rule(Search &search, const Selection &matches, const Scorer &scorer, Nearest &nearest, uint64_t count) {
  if (count == 0) return FK_OK;
  const uint32_t k = search.params.k;
  const uint64_t wanted = search.params.ef > k ? search.params.ef : k;
  if (count <= kFewRows) return by_scan(search, matches, scorer, nearest, true);
  if (wanted * kScansPerVertex >= count) return by_scan(search, matches, scorer, nearest, false);
  const uint64_t nodes = search.nodes.nodes.load(std::memory_order_relaxed);
  const Effort effort{size_t(wanted), budget_of_scan(count), float(count) / float(nodes ? nodes : 1)};
  return by_graph(search, matches, effort, false, scorer, nearest);
}

fk_status answer_one(Search &search, const Selection &matches, const Scorer &scorer, Nearest &nearest, uint64_t count) {
  const fk_search_params &p = search.params;
  switch (p.mode) {
    case FK_CODES:
      return by_scan(search, matches, scorer, nearest, false);
    case FK_GRAPH: {
      const Effort effort{p.ef > p.k ? p.ef : p.k, p.budget, p.expected};
      return by_graph(search, matches, effort, p.stays != 0, scorer, nearest);
    }
    default:
      return by_rule(search, matches, scorer, nearest, count);
  }
}

fk_status search_exactly(Search &search, const ExactQuery *queries, Nearest *nearest, size_t n) {
  const Range range = range_of(search);
  if (range.from >= range.to) return FK_OK;
  const Selection selection{search.rows, search.params.allow, search.params.allow_words};
  const uint64_t began = now_nanoseconds();
  uint64_t scanned = 0;
  const fk_status status =
      scan_rows(selection, range.from, range.to, queries, nearest, n, nullptr, search.progress, scanned);
  search.stats.scan_ns += now_nanoseconds() - began;
  search.stats.scanned += scanned;
  search.stats.distances += scanned;
  return status;
}

// Scans what the graph does not hold, block by block where there may be such slots.
fk_status scan_pending(Search &search, const ExactQuery *queries, Nearest *nearest, size_t n) {
  const fk_search_params &p = search.params;
  const Range range = range_of(search);
  const Tally &tally = search.index.tally;
  // While the graph is being replaced the counts may be another graph's.
  const bool all_blocks = tally.recounting.load() != 0;
  if (!all_blocks && tally.pending.load() == 0) return FK_OK;
  Selection rest{search.rows, p.allow, p.allow_words, Selection::Members::none};
  rest.members = search.graph.members;
  rest.member_slots = search.graph.slots;
  const View blocks = tally.blocks.words.view();
  uint64_t scanned = 0;
  fk_status status = FK_OK;
  for (uint64_t at = range.from; status == FK_OK && at < range.to; at = (at | (kBlockSlots - 1)) + 1) {
    const auto block = uint32_t(at >> kBlockShift);
    if (!all_blocks && !has(blocks, block)) continue;
    uint32_t *seen = search.scanned.add_block(block);
    if (!seen) return FK_NO_MEMORY;
    const uint64_t past = (uint64_t(block) + 1) << kBlockShift;
    status = scan_rows(rest, uint32_t(at), past < range.to ? uint32_t(past) : range.to, queries, nearest, n,
                       seen + (uint32_t(at) >> 5) % kBlockWords, search.progress, scanned);
  }
  search.stats.scanned += scanned;
  search.stats.distances += scanned;
  return status;
}

// The scan comes first: a slot that enters the graph meanwhile is then found twice rather than never.
fk_status search_both(Search &search, const ExactQuery *queries, Nearest *nearest, size_t n) {
  const uint32_t part = search.params.part;
  const fk_status status = part == 1 ? FK_OK : scan_pending(search, queries, nearest, n);
  if (status != FK_OK || part == 2) return status;
  // For the same reason the graph is looked at anew, and in this order: each promises that the next reaches as far.
  const uint64_t entry = search.nodes.entry.load(std::memory_order_acquire);
  if (!entry) return FK_OK;
  search.entry = entry;
  search.graph = GraphView(search.nodes);
  search.rows = RowsView(search.index.rows);
  const Codes *codes = search.nodes.codes.load(std::memory_order_acquire);
  Selection matches{search.rows, search.params.allow, search.params.allow_words, Selection::Members::only};
  matches.members = search.graph.members;
  matches.member_slots = search.graph.slots;
  if (search.scanned.blocks) matches.except = &search.scanned;
  const uint64_t count = search.params.mode == FK_AUTO ? count_matches(search, matches) : 0;
  Scorer scorer(search.rows, *codes);
  for (size_t q = 0; q < n; q++) {
    scorer.aim_at_vector(queries[q].vector, *codes, search.scratch, 0);
    const fk_status searched = answer_one(search, matches, scorer, nearest[q], count);
    if (searched != FK_OK) return searched;
  }
  return FK_OK;
}

void write_results(Nearest &nearest, uint32_t *slots, float *distances, uint32_t *count) {
  nearest.sort();
  for (uint32_t i = 0; i < nearest.size; i++) {
    slots[i] = slot_of(nearest.heap[i]);
    distances[i] = key_of(nearest.heap[i]);
  }
  *count = nearest.size;
}

fk_status run(const fk_index &index, const fk_search_params &params, const float *queries, size_t n,
              uint32_t *out_slots, float *out_distances, uint32_t *out_counts, fk_search_stats *stats,
              const Progress &progress, Scratch &scratch) {
  // In this order: a graph of some size promises rows and codes of that size, and rows that there are blocks for them.
  const Graph &nodes = *index.graph.load(std::memory_order_acquire);
  const GraphView graph(nodes);
  Search search{index, params, progress, RowsView(index.rows), nodes, graph, 0, scratch, {}, {}, {}};
  const uint32_t dimension = index.options.dimension;
  const uint32_t k = params.k < search.rows.slots ? params.k : search.rows.slots;
  Buffer<Candidate> heaps;
  Buffer<ExactQuery> exact;
  Buffer<Nearest> nearest;
  if (!heaps.reserve(n * k) || !exact.reserve(n) || !nearest.reserve(n)) return FK_NO_MEMORY;
  for (size_t q = 0; q < n; q++) {
    exact[q] = exact_query(fk_metric(index.options.metric), queries + q * dimension, dimension);
    nearest[q] = {heaps.data + q * k, k};
  }
  fk_status status = FK_OK;
  if (k) {
    status = params.mode == FK_EXACT ? search_exactly(search, exact.data, nearest.data, n)
                                     : search_both(search, exact.data, nearest.data, n);
  }
  if (status == FK_OK) {
    for (size_t q = 0; q < n; q++) {
      write_results(nearest[q], out_slots + q * params.k, out_distances + q * params.k, out_counts + q);
    }
  }
  if (stats) *stats = search.stats;
  return status;
}

}  // namespace
}  // namespace franca

using namespace franca;

fk_status fk_index_search(const fk_index *index, const fk_search_params *params, const float *queries, size_t n,
                          uint32_t *out_slots, float *out_distances, uint32_t *out_counts, fk_search_stats *stats,
                          fk_control *control) {
  if (!index || !params || (n && (!queries || !out_slots || !out_distances || !out_counts))) return FK_INVALID;
  if (params->k < 1 || params->k > 1u << 20 || params->mode > FK_GRAPH) return FK_INVALID;
  if (params->from_slot > params->to_slot || !(params->expected >= 0)) return FK_INVALID;
  if (params->part > 2) return FK_INVALID;
  if (params->to_slot && params->part != 2 && (params->mode == FK_AUTO || params->mode == FK_GRAPH)) return FK_INVALID;
  if (n > SIZE_MAX / sizeof(Candidate) / params->k) return FK_INVALID;
  if (!fk_all_finite(queries, n * index->options.dimension)) return FK_INVALID;
  if (stats) *stats = {};
  if (n == 0) return FK_OK;
  Scratch *scratch = index->scratches.take(index->options.dimension);
  if (!scratch) return FK_NO_MEMORY;
  const uint32_t side = index->gate.enter();
  const fk_status status = run(*index, *params, queries, n, out_slots, out_distances, out_counts, stats,
                               Progress{control}, *scratch);
  index->gate.leave(side);
  index->scratches.give_back(scratch);
  return status;
}
