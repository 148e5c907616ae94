// Measures build, queries per second and recall@10 on vectors like those of embedding models. Not part of the tests.
//
//   bench [rows] [dimension] [threads] [metric 0-3] [file to write the vectors to, for other libraries]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "data.h"

static double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) * 1e-9;
}

int main(int argc, char **argv) {
  const size_t rows = argc > 1 ? strtoul(argv[1], nullptr, 10) : 100000;
  const size_t dimension = argc > 2 ? strtoul(argv[2], nullptr, 10) : 768;
  const uint32_t threads = argc > 3 ? uint32_t(strtoul(argv[3], nullptr, 10)) : 1;
  const auto metric = fk_metric(argc > 4 ? strtoul(argv[4], nullptr, 10) : 0);
  const char *file = argc > 5 ? argv[5] : nullptr;
  constexpr size_t asked = 1000;
  constexpr uint32_t k = 10;

  test::Vectors data, queries;
  FILE *cached = file ? fopen(file, "rb") : nullptr;
  data = {rows, dimension, std::vector<float>(rows * dimension)};
  queries = {asked, dimension, std::vector<float>(asked * dimension)};
  if (cached) {
    if (fread(data.values.data(), 4, data.values.size(), cached) != data.values.size()) return 1;
    if (fread(queries.values.data(), 4, queries.values.size(), cached) != queries.values.size()) return 1;
    fclose(cached);
  } else {
    test::Embeddings source(dimension);
    data = source.make(rows);
    queries = source.make(asked);
    if (FILE *out = file ? fopen(file, "wb") : nullptr) {
      fwrite(data.values.data(), 4, data.values.size(), out);
      fwrite(queries.values.data(), 4, queries.values.size(), out);
      fclose(out);
    }
  }

  printf("%s, %zu x %zu, metric %d, %u threads\n", fk_instruction_set(), rows, dimension, int(metric), threads);
  test::Index index = test::make_index(uint32_t(dimension), metric);
  fk_index_put(index.get(), 0, data.values.data(), rows);
  const double start = cpu_seconds();
  const auto wall = std::chrono::steady_clock::now();
  fk_control control{};
  const fk_status status = fk_index_build(index.get(), 0, threads, &control);
  printf("build: %.1f s of CPU, %.1f s of wall clock; status %d, indexed %u; %.0f bytes a vector, %.0f beside the float32 rows\n",
         cpu_seconds() - start, std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(), int(status),
         fk_index_indexed(index.get()), double(fk_index_bytes(index.get())) / double(rows),
         double(fk_index_bytes(index.get())) / double(rows) - double(dimension) * 4);

  std::vector<float> furthest(asked);
  for (size_t q = 0; q < asked; q++) furthest[q] = test::search(index.get(), queries.row(q), k, k, FK_EXACT).distances.back();
  for (const uint32_t ef : {10u, 16u, 20u, 24u, 32u, 48u, 64u, 96u, 128u}) {
    double best = 1e9, recall = 0;
    fk_search_stats stats{};
    for (int pass = 0; pass < 5; pass++) {
      size_t found = 0;
      stats = {};
      uint32_t slots[k], count;
      float distances[k];
      const fk_search_params params{k, ef, FK_AUTO, 0, 0, nullptr, 0, 0, 0, 0, 0};
      const double before = cpu_seconds();
      for (size_t q = 0; q < asked; q++) {
        fk_search_stats one;
        fk_index_search(index.get(), &params, queries.row(q), 1, slots, distances, &count, &one, nullptr);
        stats.distances += one.distances;
        stats.hops += one.hops;
        for (uint32_t i = 0; i < count; i++) found += distances[i] <= furthest[q];
      }
      best = std::min(best, cpu_seconds() - before);
      recall = double(found) / double(asked * k);
    }
    printf("ef %3u: recall %.4f, %6.0f queries/s; %.0f distances, %.0f hops a query\n", ef, recall, double(asked) / best,
           double(stats.distances) / asked, double(stats.hops) / asked);
  }
}
