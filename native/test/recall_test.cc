// Recall has a floor: after a build, deletes, replacements and a checkpoint, for every metric; and on awkward data.
#include "data.h"
#include "harness.h"

using namespace test;

namespace {

constexpr size_t kRows = 8000, kDimension = 96;

void expect_recall(const fk_index *index, const Vectors &queries, const char *when, double floor = 0.95) {
  const double found = recall(index, queries, 10, 64);
  if (found < floor) printf("    %s: recall@10 %.3f\n", when, found);
  check(found >= floor);
}

// Rows of different lengths, so that the metrics disagree.
Vectors stretched(Vectors vectors, uint64_t seed) {
  Random random(seed);
  for (size_t i = 0; i < vectors.n; i++) {
    const float length = std::exp(0.2f * normal(random));
    for (size_t d = 0; d < vectors.dimension; d++) vectors.values[i * vectors.dimension + d] *= length;
  }
  return vectors;
}

void live_and_die(fk_metric metric) {
  Embeddings source(kDimension, 200);
  const Vectors data = stretched(source.make(kRows), 1), queries = source.make(100);
  const Vectors newcomers = stretched(source.make(kRows * 3 / 10), 2);
  const Index index = make_index(kDimension, metric);
  check(fk_index_put(index.get(), 0, data.values.data(), kRows) == FK_OK);
  check(fk_index_build(index.get(), 0, 2, nullptr) == FK_OK && fk_index_indexed(index.get()) == kRows);
  expect_recall(index.get(), queries, "after build");

  for (uint32_t slot = 0; slot < kRows; slot++) {
    if (slot % 10 < 3) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
  }
  expect_recall(index.get(), queries, "after 30% deletes");

  check(fk_index_put(index.get(), kRows, newcomers.values.data(), newcomers.n) == FK_OK);
  expect_recall(index.get(), queries, "after 30% replaced, before build");
  check(fk_index_build(index.get(), 0, 2, nullptr) == FK_OK);
  expect_recall(index.get(), queries, "after 30% replaced");

  const std::vector<uint8_t> bytes = save(index.get());
  const Index copy = make_index(kDimension, metric);
  check(fk_index_put(copy.get(), 0, data.values.data(), kRows) == FK_OK);
  check(fk_index_put(copy.get(), kRows, newcomers.values.data(), newcomers.n) == FK_OK);
  for (uint32_t slot = 0; slot < kRows; slot++) {
    if (slot % 10 < 3) check(fk_index_set_deleted(copy.get(), slot) == FK_OK);
  }
  check(load(copy.get(), bytes.data(), bytes.size(), 1000) == FK_OK);
  expect_recall(copy.get(), queries, "after save and load");
  for (size_t q = 0; q < queries.n; q++) {
    check(search(copy.get(), queries.row(q), 10).slots == search(index.get(), queries.row(q), 10).slots);
  }
}

}  // namespace

law("cosine recall@10 stays above .95 through build, deletes, replacements and a checkpoint") { live_and_die(FK_COSINE); };
law("dot recall@10 stays above .95 through build, deletes, replacements and a checkpoint") { live_and_die(FK_DOT); };
law("euclidean recall@10 stays above .95 through build, deletes, replacements and a checkpoint") {
  live_and_die(FK_EUCLIDEAN);
};
law("manhattan recall@10 stays above .95 through build, deletes, replacements and a checkpoint") {
  live_and_die(FK_MANHATTAN);
};

law("recall survives ten generations of replacing a third of the rows") {
  Embeddings source(32, 100);
  const Vectors data = source.make(12000), queries = source.make(60);
  const Index index = make_index(32, FK_COSINE);
  constexpr uint32_t live = 3000, step = 900;
  check(fk_index_put(index.get(), 0, data.values.data(), live) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  for (uint32_t end = live; end + step <= 12000; end += step) {
    for (uint32_t slot = end - live; slot < end - live + step; slot++) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
    check(fk_index_put(index.get(), end, data.row(end), step) == FK_OK);
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  }
  expect_recall(index.get(), queries, "after ten generations");
};

law("codes never ruin recall: one dimension that dwarfs the others") {
  Random random(3);
  Vectors data{5000, 40, std::vector<float>(5000 * 40)}, queries{50, 40, std::vector<float>(50 * 40)};
  for (Vectors *vectors : {&data, &queries}) {
    for (size_t i = 0; i < vectors->values.size(); i++) vectors->values[i] = normal(random) * (i % 40 ? 1 : 3000);
  }
  const Index index = make_index(40, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  expect_recall(index.get(), queries, "one large dimension");
};

law("codes never ruin recall: clusters far narrower than the space between them") {
  Random random(4);
  Vectors centers{40, 24, std::vector<float>(40 * 24)};
  for (auto &x : centers.values) x = normal(random);
  const auto around = [&](size_t n) {
    Vectors vectors{n, 24, std::vector<float>(n * 24)};
    for (size_t i = 0; i < n; i++) {
      const float *center = centers.row(random() % 40);
      for (size_t d = 0; d < 24; d++) vectors.values[i * 24 + d] = center[d] + 1e-4f * normal(random);
    }
    return vectors;
  };
  const Vectors data = around(6000), queries = around(50);
  const Index index = make_index(24, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  expect_recall(index.get(), queries, "narrow clusters");
};

law("codes never ruin recall: rows that come later and lie elsewhere") {
  for (const fk_metric metric : {FK_EUCLIDEAN, FK_MANHATTAN}) {
    Random random(5);
    Vectors data{6000, 32, std::vector<float>(6000 * 32)}, queries{50, 32, std::vector<float>(50 * 32)};
    for (size_t i = 0; i < data.values.size(); i++) data.values[i] = i < 3000 * 32 ? normal(random) : 40 + 5 * normal(random);
    for (size_t i = 0; i < queries.values.size(); i++) queries.values[i] = i < 25 * 32 ? normal(random) : 40 + 5 * normal(random);
    const Index index = make_index(32, metric);
    check(fk_index_put(index.get(), 0, data.values.data(), 3000) == FK_OK);
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
    check(fk_index_put(index.get(), 3000, data.row(3000), 3000) == FK_OK);
    check(fk_index_build(index.get(), 1000, 1, nullptr) == FK_OK);  // is found out after these
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
    expect_recall(index.get(), queries, "later rows elsewhere", 0.93);
  }
};

law("copies of one row are all within reach") {
  Random random(6);
  Vectors data{5000, 16, std::vector<float>(5000 * 16)};
  for (size_t i = 0; i < data.values.size(); i++) data.values[i] = i < 4000 * 16 ? normal(random) : 0.25f;
  const Index index = make_index(16, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const std::vector<float> query(16, 0.25f);
  const Answer answer = search(index.get(), query.data(), 100, 128);
  check(answer.slots.size() == 100 && answer.distances.back() == 0);
};

law("zero vectors and extremes neither crash nor crowd out the rest") {
  for (const fk_metric metric : {FK_COSINE, FK_DOT, FK_EUCLIDEAN, FK_MANHATTAN}) {
    Random random(7);
    Vectors data{3000, 12, std::vector<float>(3000 * 12)};
    for (size_t i = 0; i < data.n; i++) {
      for (size_t d = 0; d < 12; d++) data.values[i * 12 + d] = i % 3 == 0 ? 0 : i % 100 == 1 ? 3e38f : normal(random);
    }
    const Index index = make_index(12, metric);
    check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
    for (uint32_t slot = 0; slot < data.n; slot += 37) {
      const Answer answer = search(index.get(), data.row(slot), 10, 100);
      check(answer.slots.size() == 10);
      for (const float distance : answer.distances) check(std::isfinite(distance));
    }
  }
};
