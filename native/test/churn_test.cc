// Churn: rows die, leave the graph, and their slots hold others; the graph stays as good as a new one.
#include <atomic>
#include <thread>

#include "data.h"
#include "harness.h"
#include "saved_graph.h"

using namespace test;

namespace {

// An index under churn beside the rows that it should hold.
struct Churned {
  Index index;
  size_t dimension;
  fk_metric metric;
  std::vector<std::vector<float>> rows;  // by slot; empty: absent or dead

  Churned(size_t its_dimension, fk_metric its_metric, uint32_t m = 16, uint32_t ef_construction = 200)
      : index(make_index(uint32_t(its_dimension), its_metric, m, ef_construction)),
        dimension(its_dimension),
        metric(its_metric) {}
  fk_index *get() const { return index.get(); }

  void put(uint32_t slot, const float *row) {
    if (slot >= rows.size()) rows.resize(slot + 1);
    rows[slot].assign(row, row + dimension);
    check(fk_index_put(get(), slot, row, 1) == FK_OK);
  }
  void remove(uint32_t slot) {
    rows[slot].clear();
    check(fk_index_set_deleted(get(), slot) == FK_OK);
  }
  uint32_t live() const {
    return uint32_t(std::count_if(rows.begin(), rows.end(), [](const auto &row) { return !row.empty(); }));
  }
  // A new index of the same live rows.
  Index fresh(uint32_t m = 16, uint32_t ef_construction = 200) const {
    Index other = make_index(uint32_t(dimension), metric, m, ef_construction);
    uint32_t slot = 0;
    for (const auto &row : rows) {
      if (!row.empty()) check(fk_index_put(other.get(), slot++, row.data(), 1) == FK_OK);
    }
    check(fk_index_build(other.get(), 0, 2, nullptr) == FK_OK);
    return other;
  }
};

void expect_as_good_as_new(const Churned &churned, const Vectors &queries, const char *when) {
  const Index fresh = churned.fresh();
  for (const uint32_t ef : {16u, 64u}) {
    const double now = recall(churned.get(), queries, 10, ef), anew = recall(fresh.get(), queries, 10, ef);
    if (now < anew - 0.005) printf("    %s, ef %u: recall@10 %.4f, of a fresh build %.4f\n", when, ef, now, anew);
    check(now >= anew - 0.005);
  }
}

void repair_whole(fk_index *index, uint32_t threads = 2) {
  check(fk_index_repair(index, 0, threads, nullptr) == FK_OK);
  check(fk_index_deleted_in_graph(index) == 0);
}

void expect_all_reached(fk_index *index, uint32_t dimension) {
  const SavedGraph graph(index, dimension);
  check(graph.is_whole && graph.nodes == fk_index_indexed(index));
  for (uint32_t level = 0; level <= graph.top; level++) {
    const auto [found, all] = graph.reached(level);
    if (found != all) printf("    level %u: %u of %u nodes are reached\n", level, found, all);
    check(found == all);
  }
}

std::vector<uint32_t> where(uint32_t n, const std::function<bool(uint32_t)> &chosen) {
  std::vector<uint32_t> slots;
  for (uint32_t slot = 0; slot < n; slot++) {
    if (chosen(slot)) slots.push_back(slot);
  }
  return slots;
}

void remove_all(Churned &churned, const std::vector<uint32_t> &slots) {
  for (const uint32_t slot : slots) churned.remove(slot);
}

// Rounds of death and replacement; `dying` chooses who goes.
void replace_rounds(fk_metric metric, int rounds, const std::function<std::vector<uint32_t>(const Churned &, Random &)> &dying) {
  const uint32_t n = 4000;
  const size_t dimension = 64;
  Embeddings source(dimension, 200);
  const Vectors first = source.make(n), queries = source.make(1000);
  Churned churned(dimension, metric);
  for (uint32_t slot = 0; slot < n; slot++) churned.put(slot, first.row(slot));
  check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
  Random random(5);
  for (int round = 0; round < rounds; round++) {
    const std::vector<uint32_t> gone = dying(churned, random);
    remove_all(churned, gone);
    check(fk_index_deleted_in_graph(churned.get()) == gone.size());
    repair_whole(churned.get());
    check(fk_index_indexed(churned.get()) == n - gone.size());
    check(fk_index_release(churned.get(), gone.data(), gone.size()) == FK_OK);
    if (round % 3 == 0) expect_all_reached(churned.get(), dimension);
    if (round + 1 == rounds) expect_as_good_as_new(churned, queries, "after the last repair");
    const Vectors newcomers = source.make(gone.size());
    for (size_t i = 0; i < gone.size(); i++) churned.put(gone[i], newcomers.row(i));
    check(fk_index_slots(churned.get()) == n && fk_index_pending(churned.get()) == gone.size());
    check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
    check(fk_index_pending(churned.get()) == 0 && fk_index_indexed(churned.get()) == n);
  }
  expect_as_good_as_new(churned, queries, "after the last build");
}

}  // namespace

law("ten rounds of replacing 30% of the rows leave a graph as good as a fresh one") {
  for (const fk_metric metric : {FK_COSINE, FK_EUCLIDEAN}) {
    replace_rounds(metric, 10, [](const Churned &churned, Random &random) {
      return where(uint32_t(churned.rows.size()), [&](uint32_t) { return random() % 10 < 3; });
    });
  }
};

law("rounds in which whole neighbourhoods die leave a graph as good as a fresh one") {
  replace_rounds(FK_COSINE, 6, [](const Churned &churned, Random &random) {
    std::set<uint32_t> gone;
    while (gone.size() < churned.rows.size() * 3 / 10) {
      const auto &center = churned.rows[random() % churned.rows.size()];
      for (const uint32_t slot : search(churned.get(), center.data(), 300, 10, FK_EXACT).slots) gone.insert(slot);
    }
    return std::vector<uint32_t>(gone.begin(), gone.end());
  });
};

law("what lay behind a cluster that dies can be reached still") {
  // Clusters on a line, far from each other: those at the ends are linked through those between.
  const uint32_t clusters = 9, each = 400, n = clusters * each;
  Random random(11);
  Churned churned(12, FK_EUCLIDEAN);
  for (uint32_t slot = 0; slot < n; slot++) {
    float row[12];
    for (int d = 0; d < 12; d++) row[d] = normal(random) + (d == 0 ? 60.0f * float(slot / each) : 0);
    churned.put(slot, row);
  }
  check(fk_index_build(churned.get(), 0, 1, nullptr) == FK_OK);
  const auto entry = [&] { return SavedGraph(churned.get(), 12).entry; };
  for (const uint32_t dies : {4u, 1u, 7u, entry() / each}) {
    const auto gone = where(n, [&](uint32_t slot) { return slot / each == dies && !churned.rows[slot].empty(); });
    remove_all(churned, gone);
    repair_whole(churned.get());
    expect_all_reached(churned.get(), 12);
    for (uint32_t slot = 0; slot < n; slot += 23) {
      if (churned.rows[slot].empty()) continue;
      const Answer answer = search(churned.get(), churned.rows[slot].data(), 10, 64, FK_GRAPH);
      check(answer.slots.size() == 10 && answer.slots[0] == slot);
      check(answer.stats.gave_up == 0);
    }
  }
};

law("all but a few die, again and again, and the few are found") {
  Random random(12);
  Churned churned(8, FK_COSINE);
  const uint32_t n = 3000;
  for (int round = 0; round < 4; round++) {
    for (uint32_t slot = 0; slot < n; slot++) {
      if (slot < churned.rows.size() && !churned.rows[slot].empty()) continue;
      float row[8];
      for (float &x : row) x = normal(random);
      churned.put(slot, row);
    }
    check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
    const auto gone = where(n, [&](uint32_t slot) { return (slot + uint32_t(round)) % 100 != 0; });
    remove_all(churned, gone);
    repair_whole(churned.get());
    check(fk_index_indexed(churned.get()) == 30);
    expect_all_reached(churned.get(), 8);
    for (uint32_t slot = 0; slot < n; slot++) {
      if (!churned.rows[slot].empty()) check(search(churned.get(), churned.rows[slot].data(), 30, 64, FK_GRAPH).slots.size() == 30);
    }
    check(fk_index_release(churned.get(), gone.data(), gone.size()) == FK_OK);
  }
  const auto last = where(n, [&](uint32_t slot) { return !churned.rows[slot].empty(); });
  remove_all(churned, last);
  repair_whole(churned.get());
  check(fk_index_indexed(churned.get()) == 0);
  check(search(churned.get(), std::vector<float>(8, 1.0f).data(), 5).slots.empty());
};

law("copies of one row stay within reach when most of them die") {
  Random random(13);
  Churned churned(16, FK_EUCLIDEAN);
  for (uint32_t slot = 0; slot < 4000; slot++) {
    float row[16];
    for (float &x : row) x = slot % 2 ? 0.25f : normal(random);
    churned.put(slot, row);
  }
  check(fk_index_build(churned.get(), 0, 1, nullptr) == FK_OK);
  remove_all(churned, where(4000, [](uint32_t slot) { return slot % 20 < 15; }));
  repair_whole(churned.get());
  expect_all_reached(churned.get(), 16);
  const Answer answer = search(churned.get(), std::vector<float>(16, 0.25f).data(), 100, 128, FK_GRAPH);
  check(answer.slots.size() == 100 && answer.distances.back() == 0);
};

law("one sequence of calls gives one graph: in slices or at once, on any number of threads, with every instruction set") {
  const Vectors data = Embeddings(40, 30).make(2500);
  const auto churn = [&](fk_metric metric, uint32_t slice, uint32_t threads, const char *set) {
    check(fk_force_instruction_set(set) == FK_OK);
    const Index index = make_index(40, metric, 8, 60);
    check(fk_index_put(index.get(), 0, data.values.data(), 2000) == FK_OK);
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
    std::vector<uint8_t> all;
    for (uint32_t round = 0; round < 3; round++) {
      const auto gone = where(2000, [&](uint32_t slot) { return (slot * 7 + round) % 10 < 4; });
      for (const uint32_t slot : gone) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
      for (;;) {
        fk_control control{};
        check(fk_index_repair(index.get(), slice, threads, &control) == FK_OK);
        check(slice || fk_index_deleted_in_graph(index.get()) == 0);
        if (!slice || control.done < slice) break;
      }
      check(fk_index_deleted_in_graph(index.get()) == 0);
      check(fk_index_release(index.get(), gone.data(), gone.size()) == FK_OK);
      for (size_t i = 0; i < gone.size() / 2; i++) {
        check(fk_index_put(index.get(), gone[i], data.row((gone[i] + 500 + round) % 2500), 1) == FK_OK);
      }
      while (fk_index_pending(index.get())) check(fk_index_build(index.get(), slice, 1, nullptr) == FK_OK);
      for (size_t i = gone.size() / 2; i < gone.size(); i++) {
        check(fk_index_put(index.get(), gone[i], data.row((gone[i] + 700 + round) % 2500), 1) == FK_OK);
      }
      while (fk_index_pending(index.get())) check(fk_index_build(index.get(), slice, 1, nullptr) == FK_OK);
      const auto bytes = save(index.get());
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    fk_force_instruction_set(nullptr);
    return all;
  };
  for (const fk_metric metric : {FK_COSINE, FK_MANHATTAN}) {
    const auto expected = churn(metric, 0, 1, nullptr);
    check(churn(metric, 97, 1, nullptr) == expected);
    check(churn(metric, 1, 1, nullptr) == expected);
    check(churn(metric, 0, 3, nullptr) == expected);
    check(churn(metric, 250, 2, nullptr) == expected);
    for (const char *set : {"scalar", "avx2", "avx512", "neon"}) {
      if (fk_force_instruction_set(set) == FK_OK) check(churn(metric, 0, 1, set) == expected);
    }
  }
};

law("a repair that is cancelled, or meets a build or other deaths between its slices, ends well all the same") {
  Embeddings source(32, 50);
  const Vectors data = source.make(5000), queries = source.make(100);
  Churned churned(32, FK_COSINE);
  for (uint32_t slot = 0; slot < 4000; slot++) churned.put(slot, data.row(slot));
  check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
  remove_all(churned, where(2000, [](uint32_t slot) { return slot % 2 == 0; }));
  fk_control cancelled{1, 0};
  check(fk_index_repair(churned.get(), 0, 2, &cancelled) == FK_CANCELLED);
  check(fk_index_deleted_in_graph(churned.get()) == 1000);
  check(fk_index_repair(churned.get(), 700, 2, nullptr) == FK_OK);
  check(fk_index_deleted_in_graph(churned.get()) == 1000);
  remove_all(churned, where(4000, [](uint32_t slot) { return slot >= 2000 && slot % 3 == 0; }));  // not of this repair
  check(fk_index_repair(churned.get(), 700, 2, nullptr) == FK_OK);
  for (uint32_t slot = 4000; slot < 5000; slot++) churned.put(slot, data.row(slot));
  check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);  // the repair begins anew after it
  check(recall(churned.get(), queries, 10, 64) >= 0.95);
  for (uint32_t slices = 0; fk_index_deleted_in_graph(churned.get()) && slices < 100; slices++) {
    check(fk_index_repair(churned.get(), 700, 2, nullptr) == FK_OK);
  }
  check(fk_index_deleted_in_graph(churned.get()) == 0 && fk_index_indexed(churned.get()) == churned.live());
  expect_all_reached(churned.get(), 32);
  check(recall(churned.get(), queries, 10, 64) >= 0.95);
};

law("pending slots are found wherever they lie, with and without a filter, and searched in parts they add up") {
  const uint32_t n = 5000;
  Embeddings source(24, 50);
  const Vectors data = source.make(n), others = source.make(n), queries = source.make(40);
  Churned churned(24, FK_EUCLIDEAN);
  for (uint32_t slot = 0; slot < n; slot++) churned.put(slot, data.row(slot));
  check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
  const auto gone = where(n, [](uint32_t slot) { return slot % 1000 < 3 || (slot >= 2040 && slot < 2060); });
  remove_all(churned, gone);
  repair_whole(churned.get());
  check(fk_index_release(churned.get(), gone.data(), gone.size()) == FK_OK);
  for (const uint32_t slot : gone) churned.put(slot, others.row(slot));
  for (uint32_t slot = n; slot < n + 100; slot++) churned.put(slot, others.row(slot - n + 10));
  std::vector<uint32_t> even((n + 131) / 32, 0x5555'5555u);
  for (const auto *allow : {static_cast<std::vector<uint32_t> *>(nullptr), &even}) {
    for (const uint32_t slot : gone) {
      if (allow && slot % 2) continue;
      for (const fk_mode mode : {FK_AUTO, FK_CODES, FK_GRAPH}) {
        const Answer answer = search(churned.get(), others.row(slot), 10, 64, mode, allow);
        check(answer.slots[0] == slot && answer.distances[0] == 0);
        check(std::set<uint32_t>(answer.slots.begin(), answer.slots.end()).size() == 10);
      }
    }
  }
  for (size_t q = 0; q < queries.n; q++) {
    const Answer whole = search(churned.get(), queries.row(q), 10, 64, FK_GRAPH);
    std::set<std::pair<float, uint32_t>> parts;
    for (uint32_t part = 1, from = 0; part <= 2; from += part == 2 ? 900 : 0) {
      const fk_search_params params{10, 64, FK_GRAPH, from, part == 2 ? from + 900 : 0, nullptr, 0, 0, 0, 0, part};
      uint32_t slots[10], count;
      float distances[10];
      check(fk_index_search(churned.get(), &params, queries.row(q), 1, slots, distances, &count, nullptr, nullptr) == FK_OK);
      for (uint32_t i = 0; i < count; i++) check(parts.insert({distances[i], slots[i]}).second);
      if (part == 1) part = 2, from = 0;
      else if (from + 900 >= n + 100) break;
    }
    std::vector<uint32_t> merged;
    for (const auto &[distance, slot] : parts) merged.push_back(slot);
    merged.resize(10);
    check(merged == whole.slots);
  }
};

law("what breaks a release's contract is refused and releases nothing") {
  const Vectors data = Embeddings(8, 10).make(100);
  const Index index = make_index(8, FK_DOT);
  check(fk_index_release(nullptr, nullptr, 0) == FK_INVALID && fk_index_repair(nullptr, 0, 1, nullptr) == FK_INVALID);
  check(fk_index_repair(index.get(), 0, 4, nullptr) == FK_OK);
  check(fk_index_put(index.get(), 0, data.values.data(), 100) == FK_OK);
  const uint32_t slots[] = {3, 4, 500};
  check(fk_index_release(index.get(), slots, 3) == FK_INVALID);  // live
  check(fk_index_set_deleted(index.get(), 3) == FK_OK);
  check(fk_index_release(index.get(), slots, 3) == FK_INVALID && fk_index_put(index.get(), 3, data.row(3), 1) == FK_INVALID);
  check(fk_index_release(index.get(), slots, 1) == FK_OK);  // was never in a graph
  check(fk_index_set_deleted(index.get(), 3) == FK_INVALID);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(index.get()) == 99);
  check(fk_index_set_deleted(index.get(), 4) == FK_OK);
  check(fk_index_release(index.get(), slots, 3) == FK_INVALID);  // a vertex
  check(fk_index_repair(index.get(), 0, 1, nullptr) == FK_OK);
  check(fk_index_release(index.get(), slots, 3) == FK_OK && fk_index_release(index.get(), slots, 3) == FK_OK);
  check(fk_index_put(index.get(), 3, data.row(3), 2) == FK_OK && fk_index_pending(index.get()) == 2);
  check(search(index.get(), data.row(3), 100).slots.size() == 100);
};

law("searches, puts, deletions, builds, repairs and releases run at once, and no row that lives is missed") {
  const uint32_t n = 3000;
  Embeddings source(20, 50);
  const Vectors data = source.make(n), queries = source.make(50);
  const Index owner = make_index(20, FK_EUCLIDEAN, 8, 50);
  fk_index *index = owner.get();
  check(fk_index_put(index, 0, data.values.data(), n) == FK_OK);
  check(fk_index_build(index, 0, 2, nullptr) == FK_OK);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0}, twice{0}, torn{0};
  std::atomic<uint32_t> asked{0}, missed{0};
  // Only the upper half changes hands; whatever holds a slot there is the row of that slot, so a distance tells a torn read.
  std::thread builder([&] {
    while (!stop) {
      if (fk_index_build(index, 200, 2, nullptr) != FK_OK) wrong++;
    }
  });
  std::vector<std::thread> searchers;
  for (int i = 0; i < 2; i++) {
    searchers.emplace_back([&, i] {
      Random random{uint64_t(i)};
      while (!stop) {
        const uint32_t slot = uint32_t(random() % n);
        const Answer answer = search(index, data.row(slot), 5, 64, random() % 4 ? FK_GRAPH : FK_CODES);
        if (answer.status != FK_OK) wrong++;
        if (std::set<uint32_t>(answer.slots.begin(), answer.slots.end()).size() != answer.slots.size()) twice++;
        for (size_t j = 0; j < answer.slots.size(); j++) {
          const double distance = naive_distance(FK_EUCLIDEAN, data.row(answer.slots[j]), data.row(slot), 20);
          if (std::fabs(distance - answer.distances[j]) > 1e-4) torn++;
        }
        if (slot >= n / 2) continue;
        asked++;
        if (answer.slots.empty() || answer.slots[0] != slot) missed++;
      }
    });
  }
  Random random(77);
  for (int round = 0; round < 6; round++) {
    const auto gone = where(n, [&](uint32_t slot) { return slot >= n / 2 && random() % 2; });
    for (const uint32_t slot : gone) {
      if (fk_index_set_deleted(index, slot) != FK_OK) wrong++;
    }
    if (fk_index_repair(index, 0, 2, nullptr) != FK_OK) wrong++;
    if (fk_index_release(index, gone.data(), gone.size()) != FK_OK) wrong++;
    for (const uint32_t slot : gone) {
      if (fk_index_put(index, slot, data.row(slot), 1) != FK_OK) wrong++;
    }
  }
  stop = true;
  builder.join();
  for (auto &searcher : searchers) searcher.join();
  check(wrong == 0);
  check(twice == 0);
  check(torn == 0);
  check(asked > 0 && missed <= asked / 50 + 1);
  check(fk_index_build(index, 0, 2, nullptr) == FK_OK);
  check(fk_index_indexed(index) == n && fk_index_pending(index) == 0 && fk_index_deleted_in_graph(index) == 0);
  check(recall(index, queries, 10, 64) >= 0.95);
};
