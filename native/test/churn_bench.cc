// Measures what churn does to a graph: rounds of replacing a part of the rows, each followed by a repair and a build, beside a
// fresh build of the same rows. Not part of the tests.
//
//   churn_bench [rows] [dimension] [rounds] [percent] [metric 0-3] [1: whole clusters die]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "data.h"

namespace {

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

template <class Work>
double seconds_of(Work work) {
  const double start = cpu_seconds();
  work();
  return cpu_seconds() - start;
}

// Links a node on level 0, from the checkpoint's bytes: its size says enough.
double links_per_node(fk_index *index) {
  const auto bytes = test::save(index);
  const double nodes = fk_index_indexed(index);
  return (double(bytes.size()) / nodes - 1) / 4;
}

void show(const char *when, const fk_index *index, const fk_index *fresh, const test::Vectors &queries) {
  printf("  %-18s", when);
  for (const uint32_t ef : {10u, 16u, 32u, 64u}) {
    const double now = test::recall(index, queries, 10, ef, nullptr), anew = fresh ? test::recall(fresh, queries, 10, ef) : 0;
    printf("  ef %2u: %.4f (%+.4f)", ef, now, now - anew);
  }
  printf("\n");
}

}  // namespace

int main(int argc, char **argv) {
  const auto argument = [&](int i, size_t fallback) { return argc > i ? strtoul(argv[i], nullptr, 10) : fallback; };
  const size_t rows = argument(1, 20000), dimension = argument(2, 128), rounds = argument(3, 10), percent = argument(4, 30);
  const auto metric = fk_metric(argument(5, 0));
  const bool by_cluster = argument(6, 0) != 0;
  test::Embeddings source(dimension, 1000);
  test::Vectors data = source.make(rows);
  const test::Vectors queries = source.make(1000);
  const test::Index index = test::make_index(uint32_t(dimension), metric);
  fk_index_put(index.get(), 0, data.values.data(), rows);
  const double first = seconds_of([&] { fk_index_build(index.get(), 0, 2, nullptr); });
  printf("%zu x %zu, metric %d: build %.2f s of CPU, %.1f links a node\n", rows, dimension, int(metric), first,
         links_per_node(index.get()));
  test::Random random(1);
  for (size_t round = 0; round < rounds; round++) {
    std::vector<uint32_t> gone;
    if (by_cluster) {
      // The nearest to some row, again and again: whole neighbourhoods go.
      std::set<uint32_t> dying;
      while (dying.size() < rows * percent / 100) {
        const uint32_t center = uint32_t(random() % rows);
        for (const uint32_t slot : test::search(index.get(), data.row(center), uint32_t(rows / 50), 10, FK_EXACT).slots) dying.insert(slot);
      }
      gone.assign(dying.begin(), dying.end());
    } else {
      for (uint32_t slot = 0; slot < rows; slot++) {
        if (random() % 100 < percent) gone.push_back(slot);
      }
    }
    for (const uint32_t slot : gone) fk_index_set_deleted(index.get(), slot);
    const double repair = seconds_of([&] { fk_index_repair(index.get(), 0, 2, nullptr); });
    const double links = links_per_node(index.get());
    fk_index_release(index.get(), gone.data(), gone.size());
    if (round == 0 || round + 1 == rounds) {
      const test::Index fresh = test::make_index(uint32_t(dimension), metric);
      std::set<uint32_t> absent(gone.begin(), gone.end());
      for (uint32_t slot = 0; slot < rows; slot++) {
        if (!absent.count(slot)) fk_index_put(fresh.get(), slot, data.row(slot), 1);
      }
      fk_index_build(fresh.get(), 0, 2, nullptr);
      show("after repair", index.get(), fresh.get(), queries);
    }
    const test::Vectors newcomers = source.make(gone.size());
    for (size_t i = 0; i < gone.size(); i++) {
      std::copy_n(newcomers.row(i), dimension, data.values.begin() + std::ptrdiff_t(gone[i] * dimension));
      fk_index_put(index.get(), gone[i], newcomers.row(i), 1);
    }
    const double build = seconds_of([&] { fk_index_build(index.get(), 0, 2, nullptr); });
    printf("round %zu: %zu died; repair %.2f s of CPU, then %.1f links a node; build %.2f s, then %.1f\n", round, gone.size(),
           repair, links, build, links_per_node(index.get()));
    if (round == 0 || round + 1 == rounds) {
      const test::Index fresh = test::make_index(uint32_t(dimension), metric);
      fk_index_put(fresh.get(), 0, data.values.data(), rows);
      fk_index_build(fresh.get(), 0, 2, nullptr);
      show("after build", index.get(), fresh.get(), queries);
    }
  }
}
