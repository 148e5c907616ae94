// Churn: rows die, leave the graph, and their slots hold others; the graph stays as good as a new one.
#include "data.h"
#include "harness.h"

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

void expect_as_good_as_new(const Churned &churned, const Vectors &queries, const char *when, double slack = 0.005) {
  const Index fresh = churned.fresh();
  for (const uint32_t ef : {16u, 64u}) {
    const double now = recall(churned.get(), queries, 10, ef), anew = recall(fresh.get(), queries, 10, ef);
    if (now < anew - slack || getenv("SHOW")) printf("    %s, ef %u: recall@10 %.4f, of a fresh build %.4f\n", when, ef, now, anew);
    check(now >= anew - slack);
  }
}

void repair_whole(fk_index *index, uint32_t threads = 2) {
  check(fk_index_repair(index, 0, threads, nullptr) == FK_OK);
  check(fk_index_deleted_in_graph(index) == 0);
}

}  // namespace

law("ten rounds of replacing 30% of the rows leave a graph as good as a fresh one") {
  const uint32_t n = 6000;
  Embeddings source(64, 200);
  for (const fk_metric metric : {FK_COSINE, FK_EUCLIDEAN}) {
    const Vectors first = source.make(n), queries = source.make(200);
    Churned churned(64, metric);
    for (uint32_t slot = 0; slot < n; slot++) churned.put(slot, first.row(slot));
    check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
    Random random(5);
    for (int round = 0; round < 10; round++) {
      std::vector<uint32_t> gone;
      for (uint32_t slot = 0; slot < n; slot++) {
        if (random() % 10 < 3) gone.push_back(slot);
      }
      for (const uint32_t slot : gone) churned.remove(slot);
      check(fk_index_deleted_in_graph(churned.get()) == gone.size());
      repair_whole(churned.get());
      check(fk_index_indexed(churned.get()) == n - gone.size());
      check(fk_index_release(churned.get(), gone.data(), gone.size()) == FK_OK);
      if (round == 9) expect_as_good_as_new(churned, queries, "after the last repair", 0.03);
      const Vectors newcomers = source.make(gone.size());
      for (size_t i = 0; i < gone.size(); i++) churned.put(gone[i], newcomers.row(i));
      check(fk_index_slots(churned.get()) == n && fk_index_pending(churned.get()) == gone.size());
      check(fk_index_build(churned.get(), 0, 2, nullptr) == FK_OK);
      check(fk_index_pending(churned.get()) == 0 && fk_index_indexed(churned.get()) == n);
    }
    expect_as_good_as_new(churned, queries, "after ten rounds", 0.01);
  }
};
