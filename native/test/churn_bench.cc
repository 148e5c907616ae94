// Measures what churn does to a graph: rounds of replacing a part of the rows, each followed by a repair and a build, beside a
// fresh build of the same rows. Not part of the tests.
//
//   churn_bench [rows] [dimension] [rounds] [percent] [metric 0-3] [1: whole clusters die] [1: newcomers come before the repair]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "data.h"
#include "saved_graph.h"

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

// How many nodes have fewer than 4, 8 and 16 links to them on level 0.
void show_links_in(const char *whose, fk_index *index, size_t dimension) {
  const test::SavedGraph graph(index, uint32_t(dimension));
  std::vector<uint32_t> in(graph.slots);
  for (const auto &levels : graph.links) {
    if (!levels.empty()) {
      for (const uint32_t slot : levels[0]) in[slot]++;
    }
  }
  size_t few[3] = {};
  for (uint32_t slot = 0; slot < graph.slots; slot++) {
    for (uint32_t i = 0; i < 3; i++) few[i] += !graph.links[slot].empty() && in[slot] < 4u << i;
  }
  printf("  %s: %zu, %zu, %zu of %u nodes have fewer than 4, 8, 16 links to them\n", whose, few[0], few[1], few[2], graph.nodes);
}

// Both indexes hold the same rows, so one has the truth for both.
void show(const char *when, const fk_index *index, const fk_index *fresh, const test::Vectors &queries) {
  std::vector<float> furthest(queries.n);
  for (size_t q = 0; q < queries.n; q++) furthest[q] = test::search(fresh, queries.row(q), 10, 10, FK_EXACT).distances.back();
  const auto recall = [&](const fk_index *searched, uint32_t ef) {
    size_t found = 0;
    for (size_t q = 0; q < queries.n; q++) {
      for (const float distance : test::search(searched, queries.row(q), 10, ef).distances) found += distance <= furthest[q];
    }
    return double(found) / double(queries.n) / 10;
  };
  printf("  %-18s", when);
  for (const uint32_t ef : {10u, 16u, 32u, 64u, 128u}) {
    const double now = recall(index, ef), anew = recall(fresh, ef);
    printf("  ef %2u: %.4f (%+.4f)", ef, now, now - anew);
  }
  printf("\n");
  fflush(stdout);
}

}  // namespace

int main(int argc, char **argv) {
  const auto argument = [&](int i, size_t fallback) { return argc > i ? strtoul(argv[i], nullptr, 10) : fallback; };
  const size_t rows = argument(1, 20000), dimension = argument(2, 128), rounds = argument(3, 10), percent = argument(4, 30);
  const auto metric = fk_metric(argument(5, 0));
  const bool by_cluster = argument(6, 0) != 0, newcomers_first = argument(7, 0) != 0;
  test::Embeddings source(dimension, 1000);
  test::Vectors data = source.make(rows);
  const test::Vectors queries = source.make(2000);
  const test::Index index = test::make_index(uint32_t(dimension), metric);
  fk_index_put(index.get(), 0, data.values.data(), rows);
  const double first = seconds_of([&] { fk_index_build(index.get(), 0, 2, nullptr); });
  printf("%zu x %zu, metric %d: build %.2f s of CPU, %.1f links a node\n", rows, dimension, int(metric), first,
         links_per_node(index.get()));
  std::vector<uint32_t> slot_of(rows), free_slots;  // of the rows of `data`
  std::iota(slot_of.begin(), slot_of.end(), 0);
  if (newcomers_first) {
    for (size_t slot = rows; slot < 2 * rows; slot++) free_slots.push_back(uint32_t(slot));
  }
  test::Random random(1);
  for (size_t round = 0; round < rounds; round++) {
    std::vector<uint32_t> gone;
    if (by_cluster) {
      // The nearest to some row, again and again: whole neighbourhoods go.
      std::set<uint32_t> dying;
      while (dying.size() < rows * percent / 100) {
        const uint32_t center = uint32_t(random() % rows);
        std::vector<uint32_t> row_of(2 * rows);
        for (uint32_t row = 0; row < rows; row++) row_of[slot_of[row]] = row;
        for (const uint32_t slot : test::search(index.get(), data.row(center), uint32_t(rows / 50), 10, FK_EXACT).slots) {
          dying.insert(row_of[slot]);
        }
      }
      gone.assign(dying.begin(), dying.end());
    } else {
      for (uint32_t slot = 0; slot < rows; slot++) {
        if (random() % 100 < percent) gone.push_back(slot);
      }
    }
    // Newcomers have the places of those that died; put before the repair they get other slots, which are free.
    const test::Vectors newcomers = source.make(gone.size());
    for (size_t i = 0; i < gone.size(); i++) {
      fk_index_set_deleted(index.get(), slot_of[gone[i]]);
      std::copy_n(newcomers.row(i), dimension, data.values.begin() + std::ptrdiff_t(gone[i] * dimension));
    }
    std::vector<uint32_t> left(gone.size());
    for (size_t i = 0; i < gone.size(); i++) left[i] = slot_of[gone[i]];
    const auto repair = [&] {
      const double seconds = seconds_of([&] { fk_index_repair(index.get(), 0, 2, nullptr); });
      printf("round %zu: %zu died; repair %.2f s of CPU, then %.1f links a node\n", round, gone.size(), seconds,
             links_per_node(index.get()));
      fk_index_release(index.get(), left.data(), left.size());
      free_slots.insert(free_slots.end(), left.begin(), left.end());
    };
    const auto build = [&] {
      for (size_t i = 0; i < gone.size(); i++) {
        slot_of[gone[i]] = free_slots[i];
        fk_index_put(index.get(), free_slots[i], data.row(gone[i]), 1);
      }
      free_slots.erase(free_slots.begin(), free_slots.begin() + std::ptrdiff_t(gone.size()));
      const double seconds = seconds_of([&] { fk_index_build(index.get(), 0, 2, nullptr); });
      printf("round %zu: build %.2f s of CPU, then %.1f links a node\n", round, seconds, links_per_node(index.get()));
    };
    if (newcomers_first) build();
    repair();
    if (!newcomers_first) build();
    if (round == 2 || round + 1 == rounds) {
      const test::Index fresh = test::make_index(uint32_t(dimension), metric);
      fk_index_put(fresh.get(), 0, data.values.data(), rows);
      fk_index_build(fresh.get(), 0, 2, nullptr);
      show("against fresh", index.get(), fresh.get(), queries);
      show_links_in("churned", index.get(), dimension);
      show_links_in("fresh", fresh.get(), dimension);
    }
  }
}
