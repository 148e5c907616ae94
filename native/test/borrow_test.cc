// Rows that stay where the host keeps them: the same answers, the memory back, and nothing read from where they were.
#include <atomic>
#include <chrono>
#include <thread>

#include "data.h"
#include "harness.h"

using namespace test;

namespace {

// Rows somewhere else, not aligned to more than a float.
struct Home {
  std::vector<float> values;
  explicit Home(const Vectors &data) : values(1) { values.insert(values.end(), data.values.begin(), data.values.end()); }
  const float *base() const { return values.data() + 1; }
  // Whoever still reads from here answers nonsense.
  void spoil() { std::fill(values.begin(), values.end(), 1e6f); }
};

std::vector<uint32_t> from_to(uint32_t from, uint32_t to) {
  std::vector<uint32_t> slots(to - from);
  std::iota(slots.begin(), slots.end(), from);
  return slots;
}

fk_status borrow(fk_index *index, const Home &home, uint32_t from, uint32_t to) {
  const auto slots = from_to(from, to);
  return fk_index_borrow(index, slots.data(), home.base(), slots.data(), slots.size());
}

bool same_answers(const fk_index *a, const fk_index *b, const Vectors &queries) {
  for (size_t q = 0; q < queries.n; q++) {
    for (const fk_mode mode : {FK_AUTO, FK_EXACT}) {
      const Answer x = search(a, queries.row(q), 10, 64, mode), y = search(b, queries.row(q), 10, 64, mode);
      if (x.slots != y.slots || x.distances != y.distances) return false;
    }
  }
  return true;
}

}  // namespace

law("borrowed rows give the answers and the graph of held ones, bit for bit, and hold no memory") {
  Embeddings source(70, 50);
  const Vectors data = source.make(3000), queries = source.make(30);
  for (const fk_metric metric : {FK_COSINE, FK_DOT, FK_EUCLIDEAN, FK_MANHATTAN}) {
    const Index held = make_index(70, metric), borrowed = make_index(70, metric), later = make_index(70, metric);
    Home home(data), other(data);
    check(fk_index_put(held.get(), 0, data.values.data(), data.n) == FK_OK);
    check(fk_index_put(later.get(), 0, data.values.data(), data.n) == FK_OK);
    check(fk_index_put_borrowed(borrowed.get(), 0, data.values.data(), home.base(), data.n) == FK_OK);
    for (fk_index *index : {held.get(), borrowed.get(), later.get()}) check(fk_index_build(index, 0, 1, nullptr) == FK_OK);
    check(save(borrowed.get()) == save(held.get()));
    check(same_answers(held.get(), borrowed.get(), queries));

    const uint64_t before = fk_index_bytes(later.get());
    check(borrow(later.get(), other, 0, 3000) == FK_OK && fk_index_settle(later.get(), 0, 3000) == FK_OK);
    check(fk_index_bytes(later.get()) + 3000 * (70 * 4 - 8) <= before + 8192);
    check(same_answers(held.get(), later.get(), queries));
    check(fk_index_reads_from(later.get(), other.base(), 4) && !fk_index_reads_from(later.get(), home.base(), 3000 * 70 * 4));

    // To another home, and back into memory; what was left may go.
    check(borrow(later.get(), home, 0, 3000) == FK_OK && fk_index_settle(later.get(), 0, 3000) == FK_OK);
    other.spoil();
    check(same_answers(held.get(), later.get(), queries));
    const auto some = from_to(0, 3000);
    check(fk_index_hold(later.get(), some.data(), some.size()) == FK_OK);
    check(fk_index_settle(later.get(), 0, 3000) == FK_OK);
    check(!fk_index_reads_from(later.get(), home.base(), 3000 * 70 * 4));
    home.spoil();
    check(same_answers(held.get(), later.get(), queries));
  }
};

law("held and borrowed rows lie side by side, and memory comes back by pages that no held row needs") {
  Embeddings source(9, 50);
  const Vectors data = source.make(5000), queries = source.make(30);
  const Index held = make_index(9, FK_EUCLIDEAN), mixed = make_index(9, FK_EUCLIDEAN);
  const Home home(data);
  check(fk_index_put(held.get(), 0, data.values.data(), data.n) == FK_OK);
  check(fk_index_put(mixed.get(), 0, data.values.data(), 1500) == FK_OK);
  check(fk_index_put_borrowed(mixed.get(), 1500, data.row(1500), home.base() + 1500 * 9, 1500) == FK_OK);
  check(fk_index_put(mixed.get(), 3000, data.row(3000), 2000) == FK_OK);
  Random random{5};
  for (int round = 0; round < 40; round++) {
    std::vector<uint32_t> slots;
    for (uint32_t slot = uint32_t(random() % 4900), left = uint32_t(random() % 800); left && slot < 5000; slot++, left--) {
      if (random() % 8) slots.push_back(slot);
    }
    const bool holds = random() % 3 == 0;
    check((holds ? fk_index_hold(mixed.get(), slots.data(), slots.size())
                 : fk_index_borrow(mixed.get(), slots.data(), home.base(), slots.data(), slots.size())) == FK_OK);
    if (!slots.empty()) check(fk_index_settle(mixed.get(), slots.front(), slots.back() + 1) == FK_OK);
    if (round == 20) check(fk_index_build(mixed.get(), 0, 1, nullptr) == FK_OK);
  }
  check(fk_index_build(held.get(), 0, 1, nullptr) == FK_OK);
  check(same_answers(held.get(), mixed.get(), queries));
};

law("borrowing passes over what is not there, and refuses rows that a put refuses") {
  const Index index = make_index(4, FK_DOT);
  const std::vector<float> rows(16, 1), infinite(16, INFINITY);
  const uint32_t slots[] = {5, 9};
  check(fk_index_put(index.get(), 0, rows.data(), 4) == FK_OK);
  check(fk_index_borrow(index.get(), slots, rows.data(), slots, 2) == FK_OK);
  check(fk_index_hold(index.get(), slots, 2) == FK_OK);
  check(fk_index_put_borrowed(index.get(), 3, rows.data(), rows.data(), 1) == FK_INVALID);
  check(fk_index_put_borrowed(index.get(), 4, infinite.data(), infinite.data(), 1) == FK_INVALID);
  check(!fk_index_reads_from(index.get(), rows.data(), 64) && fk_index_slots(index.get()) == 4);
};

law("a dead row in memory stays there, and one in a file moves on like the living") {
  const Index index = make_index(4, FK_DOT);
  std::vector<float> rows(16, 1), elsewhere(16, 1);
  const uint32_t slots[] = {0, 1, 2, 3};
  check(fk_index_put(index.get(), 0, rows.data(), 2) == FK_OK);
  check(fk_index_put_borrowed(index.get(), 2, rows.data() + 8, rows.data() + 8, 2) == FK_OK);
  check(fk_index_set_deleted(index.get(), 0) == FK_OK && fk_index_set_deleted(index.get(), 2) == FK_OK);
  check(fk_index_borrow(index.get(), slots, elsewhere.data(), slots, 4) == FK_OK);
  check(!fk_index_reads_from(index.get(), elsewhere.data(), 16) && fk_index_reads_from(index.get(), elsewhere.data() + 4, 16));
  check(fk_index_reads_from(index.get(), elsewhere.data() + 8, 16) && !fk_index_reads_from(index.get(), rows.data(), 256));
};

law("searches and builds run at once with rows that move, and nobody reads what was left behind") {
  const uint32_t n = 4000;
  Embeddings source(24, 50);
  const Vectors data = source.make(n);
  const Index owner = make_index(24, FK_EUCLIDEAN, 8, 50);
  fk_index *index = owner.get();
  check(fk_index_put(index, 0, data.values.data(), n) == FK_OK);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread builder([&] {
    while (!stop && fk_index_indexed(index) < n) {
      if (fk_index_build(index, 200, 2, nullptr) != FK_OK) wrong++;
    }
  });
  std::vector<std::thread> searchers;
  for (int i = 0; i < 2; i++) {
    searchers.emplace_back([&, i] {
      Random random{uint64_t(i)};
      while (!stop) {
        const auto slot = uint32_t(random() % n);
        const Answer answer = search(index, data.row(slot), 3, 32, random() % 2 ? FK_AUTO : FK_EXACT);
        if (answer.status != FK_OK || answer.distances.empty() || answer.distances[0] != 0) wrong++;
      }
    });
  }
  Random random{9};
  for (int round = 0; round < 12; round++) {
    auto home = std::make_unique<Home>(data);
    const auto from = uint32_t(random() % (n / 2)), to = from + n / 2;
    check(borrow(index, *home, from, to) == FK_OK && fk_index_settle(index, from, to) == FK_OK);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto slots = from_to(from, to);
    check(fk_index_hold(index, slots.data(), slots.size()) == FK_OK && fk_index_settle(index, from, to) == FK_OK);
    home->spoil();
  }
  stop = true;
  builder.join();
  for (auto &searcher : searchers) searcher.join();
  check(wrong == 0);
};
