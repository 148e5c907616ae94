// Measures how long a checkpoint takes to be read: made up, with links to anywhere, since its size is what counts.
//
//   load_bench [rows] [dimension] [threads]
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

static uint32_t level_of(uint32_t slot) {  // as Levels::of, for M = 16 and seed 42
  uint64_t hash = 42 + (uint64_t(slot) + 1) * 0x9E3779B97F4A7C15u;
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
  hash ^= hash >> 31;
  uint32_t level = 0;
  for (uint64_t bound = UINT64_MAX / 16; hash < bound && level < 15; bound /= 16) level++;
  return level;
}

int main(int argc, char **argv) {
  const auto argument = [&](int i, size_t fallback) { return argc > i ? strtoul(argv[i], nullptr, 10) : fallback; };
  const auto rows = uint32_t(argument(1, 1000000)), dimension = uint32_t(argument(2, 128)), threads = uint32_t(argument(3, 2));
  test::Random random(3);
  const test::Index index = test::make_index(dimension, FK_COSINE);
  test::Vectors data{1000, dimension, std::vector<float>(1000 * size_t(dimension))};
  for (auto &x : data.values) x = test::uniform(random, -1, 1);
  for (uint32_t slot = 0; slot < rows; slot += 1000) fk_index_put(index.get(), slot, data.values.data(), std::min(1000u, rows - slot));

  std::vector<uint32_t> of_level[16];
  for (uint32_t slot = 0; slot < rows; slot++) {
    for (uint32_t l = 0; l <= level_of(slot); l++) of_level[l].push_back(slot);
  }
  uint32_t top = 15;
  while (of_level[top].empty()) top--;
  std::vector<uint8_t> bytes;
  const auto add = [&](const void *from, size_t n) {
    const auto *at = static_cast<const uint8_t *>(from);
    bytes.insert(bytes.end(), at, at + n);
  };
  const auto number = [&](uint32_t value) { add(&value, 4); };
  const uint64_t magic = 0x3148'4E43'4152'46FFu, seed = 42;
  add(&magic, 8);
  for (const uint32_t value : {2u, dimension, 0u, 16u, 200u, 0u}) number(value);
  add(&seed, 8);
  for (const uint32_t value : {rows, rows, of_level[top][0], top + 1, 1u, rows}) number(value);
  const float scale = 0.01f, zero = 0;
  add(&scale, 4);
  number(0);
  for (uint32_t d = 0; d < dimension; d++) add(&zero, 4);
  for (uint32_t word = 0; word * 32 < rows; word++) number(rows - word * 32 >= 32 ? 0xFFFFFFFFu : (1u << (rows & 31)) - 1);
  for (uint32_t slot = 0; slot < rows; slot++) {
    for (uint32_t l = 0; l <= level_of(slot); l++) {
      const uint8_t count = uint8_t(std::min<size_t>(l ? 14 : 29, of_level[l].size() - 1));
      bytes.push_back(count);
      for (uint32_t i = 0; i < count;) {
        const uint32_t other = of_level[l][random() % of_level[l].size()];
        if (other != slot) number(other), i++;
      }
    }
  }
  number(fk_crc32c(0, bytes.data(), bytes.size()));

  printf("%u x %u, %.0f MB\n", rows, dimension, double(bytes.size()) / 1e6);
  fk_loader *loader = nullptr;
  fk_index_load_begin(index.get(), &loader);
  const auto wall = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
  double cpu = cpu_seconds(), began = wall();
  for (size_t at = 0; at < bytes.size(); at += 1 << 20) fk_index_load_write(loader, bytes.data() + at, std::min<size_t>(1 << 20, bytes.size() - at));
  printf("write: %.3f s of CPU, %.3f s\n", cpu_seconds() - cpu, wall() - began);
  cpu = cpu_seconds();
  began = wall();
  const fk_status status = fk_index_load_end(loader, 1, threads);
  printf("end, %u threads: %.3f s of CPU, %.3f s; status %d, %u nodes\n", threads, cpu_seconds() - cpu, wall() - began, int(status), fk_index_indexed(index.get()));
}
