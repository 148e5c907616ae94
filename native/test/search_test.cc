// Search without and with a graph: exactness, order, filters, deletes, bounds.
#include <chrono>
#include <functional>
#include <thread>

#include "data.h"
#include "harness.h"

using namespace test;

namespace {

const fk_metric metrics[] = {FK_COSINE, FK_DOT, FK_EUCLIDEAN, FK_MANHATTAN};

Vectors random_vectors(size_t n, size_t dimension, uint64_t seed) {
  Random random(seed);
  Vectors vectors{n, dimension, std::vector<float>(n * dimension)};
  for (auto &x : vectors.values) x = normal(random);
  return vectors;
}

std::vector<uint32_t> random_bits(size_t slots, double share, uint64_t seed) {
  Random random(seed);
  std::vector<uint32_t> bits((slots + 31) / 32);
  for (size_t slot = 0; slot < slots; slot++) {
    if (double(random() >> 11) / double(1ull << 53) < share) bits[slot / 32] |= 1u << slot % 32;
  }
  return bits;
}

bool bit(const std::vector<uint32_t> &bits, uint32_t slot) { return bits[slot / 32] >> slot % 32 & 1; }

}  // namespace

law("an exact search gives what sorting all pairs gives, for every metric") {
  for (const size_t dimension : {1u, 3u, 65u}) {
    const Vectors data = random_vectors(700, dimension, 10), queries = random_vectors(10, dimension, 11);
    for (const fk_metric metric : metrics) {
      const Index index = make_index(uint32_t(dimension), metric);
      check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
      for (size_t q = 0; q < queries.n; q++) {
        std::vector<std::pair<float, uint32_t>> all;
        for (uint32_t slot = 0; slot < data.n; slot++) {
          all.push_back({fk_distance_f32(metric, queries.row(q), data.row(slot), dimension), slot});
        }
        std::sort(all.begin(), all.end());
        for (const fk_mode mode : {FK_EXACT, FK_AUTO}) {
          const Answer answer = search(index.get(), queries.row(q), 25, 64, mode);
          check(answer.status == FK_OK && answer.slots.size() == 25);
          for (size_t i = 0; i < answer.slots.size(); i++) {
            check(answer.slots[i] == all[i].second && answer.distances[i] == all[i].first);
          }
        }
      }
    }
  }
};

law("a search that is cancelled does no more than a block of its work, whatever way it goes") {
  const size_t n = 3000, dimension = 16;
  const Vectors data = random_vectors(n, dimension, 13), queries = random_vectors(8, dimension, 14);
  const std::vector<uint32_t> half = random_bits(n, 0.5, 15);
  const Index built = make_index(uint32_t(dimension), FK_EUCLIDEAN), pending = make_index(uint32_t(dimension), FK_EUCLIDEAN);
  for (const Index &index : {std::cref(built), std::cref(pending)}) {
    check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  }
  check(fk_index_build(built.get(), 0, 2, nullptr) == FK_OK);
  std::vector<uint32_t> slots(queries.n * 2000), counts(queries.n);
  std::vector<float> distances(queries.n * 2000);
  for (const Index &index : {std::cref(built), std::cref(pending)}) {
    for (const uint32_t mode : {FK_EXACT, FK_CODES, FK_GRAPH, FK_AUTO}) {
      for (const bool filtered : {false, true}) {
        fk_search_params params{};
        params.k = 2000;
        params.ef = 2000;
        params.mode = mode;
        if (filtered) {
          params.allow = half.data();
          params.allow_words = half.size();
        }
        const auto run = [&](fk_control control, fk_search_stats &stats) {
          return fk_index_search(index.get(), &params, queries.values.data(), queries.n, slots.data(), distances.data(),
                                 counts.data(), &stats, &control);
        };
        fk_search_stats whole{}, stopped{};
        check(run({0, 0}, whole) == FK_OK && whole.distances > 1000 * queries.n);
        check(run({1, 0}, stopped) == FK_CANCELLED && stopped.distances <= 64 && stopped.hops <= 1);
      }
    }
  }
};

law("a search, and its cancelling in the middle, run at once, and the rest of the work is left") {
  const size_t dimension = 64;
  const Vectors data = random_vectors(20000, dimension, 16), queries = random_vectors(4000, dimension, 17);
  const Index index = make_index(uint32_t(dimension), FK_DOT);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  std::vector<uint32_t> slots(queries.n), counts(queries.n);
  std::vector<float> distances(queries.n);
  fk_search_params params{};
  params.k = 1;
  params.ef = 1;
  params.mode = FK_EXACT;
  fk_control control{};
  fk_search_stats stats{};
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    __atomic_store_n(&control.cancel, 1u, __ATOMIC_SEQ_CST);
  });
  check(fk_index_search(index.get(), &params, queries.values.data(), queries.n, slots.data(), distances.data(),
                        counts.data(), &stats, &control) == FK_CANCELLED);
  canceller.join();
  check(stats.scanned < data.n * queries.n);
};

law("equal distances come in the order of their slots, in both modes") {
  const size_t dimension = 8;
  Vectors data = random_vectors(3000, dimension, 12);
  for (size_t i = 0; i < data.n; i++) {  // 10 different rows, 300 times each
    memcpy(data.values.data() + i * dimension, data.row(i % 10), dimension * sizeof(float));
  }
  const Index index = make_index(dimension, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  for (int round = 0; round < 2; round++) {
    const Answer answer = search(index.get(), data.row(3), 300, 64, round ? FK_AUTO : FK_EXACT);
    check(answer.slots.size() == 300);
    for (size_t i = 0; i < answer.slots.size(); i++) check(answer.slots[i] == 3 + 10 * i && answer.distances[i] == 0);
  }
};

law("a search range looks at its slots only, and slices add up to the whole") {
  const Vectors data = random_vectors(1000, 16, 13);
  const Index index = make_index(16, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  std::set<uint32_t> seen;
  for (uint32_t from = 0; from < 1000; from += 77) {
    const fk_search_params params{1000, 0, FK_EXACT, from, from + 77, nullptr, 0, 0, 0, 0, 0};
    std::vector<uint32_t> slots(1000);
    std::vector<float> distances(1000);
    uint32_t count = 0;
    fk_search_stats stats;
    check(fk_index_search(index.get(), &params, data.row(0), 1, slots.data(), distances.data(), &count, &stats, nullptr) == FK_OK);
    check(count == std::min(77u, 1000 - from) && stats.scanned == count);
    for (uint32_t i = 0; i < count; i++) {
      check(slots[i] >= from && slots[i] < from + 77);
      seen.insert(slots[i]);
    }
  }
  check(seen.size() == 1000);
};

law("many queries in one call answer like one at a time") {
  const Vectors data = random_vectors(5000, 24, 14), queries = random_vectors(33, 24, 15);
  const Index index = make_index(24, FK_COSINE);
  check(fk_index_put(index.get(), 0, data.values.data(), 4000) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  check(fk_index_put(index.get(), 4000, data.row(4000), 1000) == FK_OK);
  for (const fk_mode mode : {FK_EXACT, FK_AUTO}) {
    std::vector<uint32_t> slots(33 * 12), counts(33);
    std::vector<float> distances(33 * 12);
    const fk_search_params params{12, 80, uint32_t(mode), 0, 0, nullptr, 0, 0, 0, 0, 0};
    check(fk_index_search(index.get(), &params, queries.values.data(), 33, slots.data(), distances.data(), counts.data(),
                          nullptr, nullptr) == FK_OK);
    for (size_t q = 0; q < queries.n; q++) {
      const Answer one = search(index.get(), queries.row(q), 12, 80, mode);
      check(counts[q] == 12 && std::equal(one.slots.begin(), one.slots.end(), slots.begin() + std::ptrdiff_t(q) * 12));
    }
  }
};

law("slots that the graph does not cover yet are found all the same") {
  const Vectors data = random_vectors(6000, 32, 16);
  const Index index = make_index(32, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), 3000) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(index.get()) == 3000);
  check(fk_index_put(index.get(), 3000, data.row(3000), 3000) == FK_OK);
  check(fk_index_slots(index.get()) == 6000 && fk_index_indexed(index.get()) == 3000);
  for (uint32_t slot = 2900; slot < 6000; slot += 50) {
    const Answer answer = search(index.get(), data.row(slot), 1);
    check(answer.slots.size() == 1 && answer.slots[0] == slot && answer.distances[0] == 0);
  }
};

law("absent slots are never found, and one filled later is found before and after the next build") {
  const Vectors data = random_vectors(3000, 16, 17);
  const Index index = make_index(16, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.row(0), 1000) == FK_OK);
  check(fk_index_put(index.get(), 1500, data.row(1500), 1500) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(index.get()) == 2500);
  for (const uint32_t slot : search(index.get(), data.row(1200), 200).slots) check(slot < 1000 || slot >= 1500);
  check(fk_index_put(index.get(), 1200, data.row(1200), 1) == FK_OK);
  check(fk_index_pending(index.get()) == 1);
  for (int round = 0; round < 2; round++) {
    const Answer answer = search(index.get(), data.row(1200), 3);
    check(answer.slots[0] == 1200 && answer.distances[0] == 0);
    check(std::set<uint32_t>(answer.slots.begin(), answer.slots.end()).size() == 3);
    check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(index.get()) == 2501);
  }
};

law("a deleted slot is never returned, in either mode, before or after a build, and k others are") {
  const Vectors data = random_vectors(4000, 16, 18), queries = random_vectors(20, 16, 19);
  const auto gone = random_bits(4000, 0.6, 20);
  for (const bool before_build : {true, false}) {
    const Index index = make_index(16, FK_EUCLIDEAN);
    check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
    if (!before_build) check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
    for (uint32_t slot = 0; slot < data.n; slot++) {
      if (bit(gone, slot)) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
    }
    check(fk_index_set_deleted(index.get(), 0) == fk_index_set_deleted(index.get(), 0));
    if (before_build) check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_pending(index.get()) == 0);
    for (size_t q = 0; q < queries.n; q++) {
      for (const fk_mode mode : {FK_EXACT, FK_AUTO}) {
        const Answer answer = search(index.get(), queries.row(q), 30, 64, mode);
        check(answer.slots.size() == 30);
        for (const uint32_t slot : answer.slots) check(!bit(gone, slot));
      }
    }
    check(recall(index.get(), queries, 10, 64) >= 0.95);
  }
};

law("only allowed slots are returned, whatever share of them there is, and none is missed for want of looking") {
  const Vectors data = random_vectors(20000, 24, 21), queries = random_vectors(30, 24, 22);
  const Index index = make_index(24, FK_COSINE);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 2, nullptr) == FK_OK);
  for (const double share : {0.5, 0.2, 0.1, 0.01, 0.001}) {
    auto allow = random_bits(20000, share, 23);
    for (const uint32_t slot : search(index.get(), queries.row(0), 10, 64, FK_AUTO, &allow).slots) check(bit(allow, slot));
    const double found = recall(index.get(), queries, 10, 100, &allow);
    if (found < 0.95) printf("    %.3f of the slots: recall %.3f\n", share, found);
    check(found >= 0.95);
    allow.resize(allow.size() / 2);  // slots past the end are not allowed
    for (const uint32_t slot : search(index.get(), queries.row(1), 10, 64, FK_AUTO, &allow).slots) check(slot < allow.size() * 32);
  }
  const std::vector<uint32_t> none(625);
  check(search(index.get(), queries.row(0), 10, 64, FK_AUTO, &none).slots.empty());
};

law("a filter that allows only far-away rows still fills k places") {
  const size_t dimension = 16;
  Vectors data = random_vectors(20000, dimension, 24);
  std::vector<uint32_t> allow(625);
  for (uint32_t slot = 0; slot < data.n; slot++) {  // the allowed 30% sit in a corner of their own
    if (slot % 10 >= 3) continue;
    allow[slot / 32] |= 1u << slot % 32;
    for (size_t d = 0; d < dimension; d++) data.values[slot * dimension + d] += 50;
  }
  const Index index = make_index(uint32_t(dimension), FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 2, nullptr) == FK_OK);
  check(recall(index.get(), random_vectors(20, dimension, 25), 20, 64, &allow) >= 0.95);
};

law("codes, graph and budgets: only what is allowed, k of it, exact distances, and the statistics say what was done") {
  const Vectors data = random_vectors(12000, 24, 31), queries = random_vectors(20, 24, 32);
  const Index index = make_index(24, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 2, nullptr) == FK_OK);
  const auto allow = random_bits(12000, 0.3, 33);
  for (const fk_mode mode : {FK_CODES, FK_GRAPH}) {
    for (const uint32_t budget : {0u, 1u, 1000000u}) {
      double found = 0;
      for (size_t q = 0; q < queries.n; q++) {
        uint32_t slots[10], count = 0;
        float distances[10];
        fk_search_stats stats;
        const fk_search_params params{10, 64, uint32_t(mode), 0, 0, allow.data(), allow.size(), budget, 0.3f, 0, 0};
        check(fk_index_search(index.get(), &params, queries.row(q), 1, slots, distances, &count, &stats, nullptr) == FK_OK);
        check(count == 10);
        const Answer truth = search(index.get(), queries.row(q), 10, 64, FK_EXACT, &allow);
        for (uint32_t i = 0; i < count; i++) {
          check(bit(allow, slots[i]));
          check(distances[i] == fk_distance_f32(FK_EUCLIDEAN, queries.row(q), data.row(slots[i]), 24));
          check(!i || distances[i - 1] <= distances[i]);
          found += std::count(truth.slots.begin(), truth.slots.end(), slots[i]);
        }
        check((stats.hops > 0) == (mode == FK_GRAPH));
        check(stats.gave_up == (mode == FK_GRAPH && budget == 1 ? 1u : 0u));
        check((stats.scanned > 0) == (mode == FK_CODES || budget == 1));
        check(mode == FK_CODES || (stats.seen > 0 && stats.passed > 0 && stats.walked > 0));
      }
      check(found / double(10 * queries.n) >= 0.95);
    }
  }
};

law("a walk that stays leaves the scan to its host, which makes it in slices") {
  const Vectors data = random_vectors(5000, 16, 34), query = random_vectors(1, 16, 35);
  const Index index = make_index(16, FK_EUCLIDEAN);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto allow = random_bits(5000, 0.1, 36);
  uint32_t slots[40], count = 0;
  float distances[40];
  fk_search_stats stats;
  fk_search_params params{40, 64, FK_GRAPH, 0, 0, allow.data(), allow.size(), 1, 0, 1, 0};
  check(fk_index_search(index.get(), &params, query.row(0), 1, slots, distances, &count, &stats, nullptr) == FK_OK);
  check(stats.gave_up == 1 && stats.scanned == 0 && count == 0);
  params.mode = FK_CODES;
  std::vector<std::pair<float, uint32_t>> all;
  for (uint32_t from = 0; from < 5000; from += 700) {
    params.from_slot = from;
    params.to_slot = from + 700;
    check(fk_index_search(index.get(), &params, query.row(0), 1, slots, distances, &count, &stats, nullptr) == FK_OK);
    for (uint32_t i = 0; i < count; i++) all.push_back({distances[i], slots[i]});
  }
  std::sort(all.begin(), all.end());
  const Answer truth = search(index.get(), query.row(0), 40, 64, FK_EXACT, &allow);
  size_t found = 0;
  for (size_t i = 0; i < 40; i++) found += size_t(std::count(truth.slots.begin(), truth.slots.end(), all[i].second));
  check(found >= 38);
  fk_control control{1, 0};
  params = {40, 64, FK_GRAPH, 0, 0, allow.data(), allow.size(), 0, 0, 0, 0};
  check(fk_index_search(index.get(), &params, query.row(0), 1, slots, distances, &count, &stats, &control) == FK_CANCELLED);
};

law("what breaks the contract is refused and changes nothing") {
  const std::vector<float> row(8, 1.0f);
  const Index index = make_index(8, FK_COSINE);
  fk_index *none = nullptr;
  for (const fk_index_options &bad : {fk_index_options{0, 0, 16, 200, 1}, fk_index_options{65537, 0, 16, 200, 1},
                                      fk_index_options{8, 4, 16, 200, 1}, fk_index_options{8, 0, 1, 200, 1},
                                      fk_index_options{8, 0, 65, 200, 1}, fk_index_options{8, 0, 16, 7, 1},
                                      fk_index_options{8, 0, 16, 4097, 1}}) {
    check(fk_index_create(&bad, &none) == FK_INVALID);
  }
  check(fk_index_put(index.get(), 5, row.data(), 1) == FK_OK);
  check(fk_index_put(index.get(), 5, row.data(), 1) == FK_INVALID);  // written once only
  std::vector<float> two(16, 1.0f);
  two[15] = NAN;
  check(fk_index_put(index.get(), 6, two.data(), 2) == FK_INVALID);
  check(fk_index_slots(index.get()) == 6);
  check(fk_index_put(index.get(), INT32_MAX, row.data(), 1) == FK_INVALID);
  check(fk_index_put(index.get(), 0, nullptr, 1) == FK_INVALID);
  check(fk_index_set_deleted(index.get(), 6) == FK_INVALID);
  check(fk_index_set_deleted(index.get(), 4) == FK_INVALID);
  check(search(index.get(), two.data() + 8, 1).status == FK_INVALID);
  check(search(index.get(), row.data(), 0).status == FK_INVALID);
  check(search(index.get(), row.data(), (1 << 20) + 1).status == FK_INVALID);
  check(search(index.get(), row.data(), 1 << 20).slots.size() == 1);
  const Answer answer = search(index.get(), row.data(), 3);
  check(answer.slots == std::vector<uint32_t>{5} && answer.distances[0] == 0);
  const Index empty = make_index(8, FK_DOT);
  check(search(empty.get(), row.data(), 3).slots.empty());
  check(fk_index_build(empty.get(), 0, 2, nullptr) == FK_OK);
};
