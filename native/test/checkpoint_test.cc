// Checkpoints: what was saved comes back, and damaged bytes are refused without harm.
#include "data.h"
#include "fixtures/fixture.h"
#include "harness.h"

using namespace test;

namespace {

Vectors sample(size_t n, size_t dimension) { return Embeddings(dimension, 20).make(n); }

Index filled(const Vectors &data, fk_metric metric = FK_COSINE, uint32_t m = 4) {
  Index index = make_index(uint32_t(data.dimension), metric, m, 30);
  check(fk_index_put(index.get(), 0, data.values.data(), data.n) == FK_OK);
  return index;
}

}  // namespace

law("a checkpoint gives the same graph back, in pieces of any size") {
  const Vectors data = sample(400, 20);
  const Index index = filled(data);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto bytes = save(index.get());
  check(save(index.get(), 1) == bytes && save(index.get(), 777) == bytes);
  for (const size_t piece : {size_t(1), size_t(5), size_t(4096), bytes.size()}) {
    const Index copy = filled(data);
    check(load(copy.get(), bytes.data(), bytes.size(), piece) == FK_OK);
    check(fk_index_indexed(copy.get()) == 400);
    check(save(copy.get()) == bytes);
  }
};

law("a graph that was loaded grows on as the original would") {
  const Vectors data = sample(900, 20);
  const Vectors first{600, 20, {data.values.begin(), data.values.begin() + 600 * 20}};
  const Index index = filled(first);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto bytes = save(index.get());
  const Index copy = filled(first);
  check(load(copy.get(), bytes.data(), bytes.size()) == FK_OK);
  for (fk_index *each : {index.get(), copy.get()}) {
    check(fk_index_put(each, 600, data.row(600), 300) == FK_OK);
    check(fk_index_build(each, 0, 1, nullptr) == FK_OK && fk_index_indexed(each) == 900);
  }
  check(save(index.get()) == save(copy.get()));
};

law("an empty graph, and one with gaps and deletes, can be saved and loaded") {
  const Vectors data = sample(300, 12);
  const Index empty = make_index(12, FK_DOT);
  const auto nothing = save(empty.get());
  const Index other = make_index(12, FK_DOT);
  check(load(other.get(), nothing.data(), nothing.size()) == FK_OK && fk_index_indexed(other.get()) == 0);

  const auto gappy = [&] {
    Index index = make_index(12, FK_DOT);
    check(fk_index_put(index.get(), 10, data.row(0), 100) == FK_OK);
    check(fk_index_put(index.get(), 200, data.row(100), 100) == FK_OK);
    for (uint32_t slot = 205; slot < 230; slot++) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
    return index;
  };
  const Index index = gappy();
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(index.get()) == 175);
  const auto bytes = save(index.get());
  const Index copy = gappy();
  check(load(copy.get(), bytes.data(), bytes.size()) == FK_OK && fk_index_indexed(copy.get()) == 175);
  check(save(copy.get()) == bytes);
};

law("a flipped bit or byte anywhere is refused, and the index answers as before") {
  const Vectors data = sample(90, 8);
  const Index index = filled(data, FK_EUCLIDEAN);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto good = save(index.get());
  const Answer before = search(index.get(), data.row(0), 5);
  for (size_t at = 0; at < good.size(); at++) {
    for (const uint8_t flip : {0x01, 0x80, 0xFF}) {
      auto bad = good;
      bad[at] ^= flip;
      check(load(index.get(), bad.data(), bad.size()) == FK_CORRUPT);
    }
  }
  check(search(index.get(), data.row(0), 5).slots == before.slots && save(index.get()) == good);
};

law("damage is refused even when the checksum has been made to fit") {
  const Vectors data = sample(90, 8);
  const Index index = filled(data, FK_EUCLIDEAN);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto good = save(index.get());
  Random random(9);
  for (size_t at = 0; at + 4 < good.size(); at++) {
    auto bad = good;
    bad[at] ^= uint8_t(1 + random() % 255);
    const uint32_t checksum = fk_crc32c(0, bad.data(), bad.size() - 4);
    memcpy(bad.data() + bad.size() - 4, &checksum, 4);
    const Index victim = filled(data, FK_EUCLIDEAN);
    // Some damage is another valid graph: a link to another node, another mean. It must search without harm.
    const fk_status status = load(victim.get(), bad.data(), bad.size());
    check(status == FK_OK || status == FK_CORRUPT);
    check(search(victim.get(), data.row(at % 90), 5).slots.size() == 5);
    check(fk_index_build(victim.get(), 0, 1, nullptr) == FK_OK);
  }
};

law("a checkpoint cut short, or with bytes after its end, is refused") {
  const Vectors data = sample(60, 8);
  const Index index = filled(data);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  auto bytes = save(index.get());
  const Index copy = filled(data);
  for (size_t length = 0; length < bytes.size(); length++) check(load(copy.get(), bytes.data(), length) == FK_CORRUPT);
  bytes.push_back(0);
  check(load(copy.get(), bytes.data(), bytes.size()) == FK_CORRUPT);
  check(fk_index_indexed(copy.get()) == 0);
};

law("a checkpoint of another index is refused") {
  const Vectors data = sample(100, 8);
  const Index index = filled(data);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  const auto bytes = save(index.get());
  const Index other_metric = filled(data, FK_DOT), other_m = filled(data, FK_COSINE, 5), empty = make_index(8, FK_COSINE, 4, 30);
  for (const Index *other : {&other_metric, &other_m, &empty}) {
    check(load(other->get(), bytes.data(), bytes.size()) == FK_CORRUPT);
  }
  const Index fewer = make_index(8, FK_COSINE, 4, 30);
  check(fk_index_put(fewer.get(), 0, data.values.data(), 99) == FK_OK);
  check(load(fewer.get(), bytes.data(), bytes.size()) == FK_CORRUPT);
  fk_loader *loader = nullptr;
  check(fk_index_load_begin(fewer.get(), &loader) == FK_OK);
  check(fk_index_load_end(loader, 0, 1) == FK_OK);  // abandoned
};

law("a checkpoint of format 1 is read as it was written, and refused where a live row below its watermark is no node") {
  std::vector<uint8_t> bytes(100'000);
  FILE *file = fopen("test/fixtures/graph-v1.bin", "rb");
  check(file != nullptr);
  if (!file) return;
  bytes.resize(fread(bytes.data(), 1, bytes.size(), file));
  fclose(file);
  const auto kill = [](fk_index *index) {
    fk_index_set_deleted(index, 1);
    for (uint32_t slot = 3; slot < kFixtureBuilt; slot += 17) {
      if (slot < 40 || slot >= 50) fk_index_set_deleted(index, slot);
    }
  };
  const Index index = fixture_index();
  fill_fixture(index.get(), 0, kFixtureSlots);
  kill(index.get());
  check(load(index.get(), bytes.data(), bytes.size(), 10) == FK_OK);
  // 100 slots, 10 of them skipped, 10 dead before the build, 6 after it.
  check(fk_index_indexed(index.get()) == 80 && fk_index_deleted_in_graph(index.get()) == 6);
  check(fk_index_pending(index.get()) == 18);
  const auto again = save(index.get());
  check(again != bytes && again.size() == bytes.size());
  const Index copy = fixture_index();
  fill_fixture(copy.get(), 0, kFixtureSlots);
  check(load(copy.get(), again.data(), again.size()) == FK_OK && save(copy.get()) == again);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK && fk_index_pending(index.get()) == 0);
  // Slot 1 died before the build; where it lives, format 1 would have made it a node.
  const Index other = fixture_index();
  fill_fixture(other.get(), 0, kFixtureSlots);
  check(load(other.get(), bytes.data(), bytes.size()) == FK_CORRUPT && fk_index_indexed(other.get()) == 0);
};

law("a checkpoint of format 2 may leave out any live row, and needs the row of every node") {
  const Vectors data = sample(500, 12);
  const Index index = filled(data);
  check(fk_index_build(index.get(), 0, 1, nullptr) == FK_OK);
  for (uint32_t slot = 0; slot < 500; slot += 3) check(fk_index_set_deleted(index.get(), slot) == FK_OK);
  check(fk_index_repair(index.get(), 0, 1, nullptr) == FK_OK);
  const auto bytes = save(index.get());
  const Index copy = filled(data);  // there they live
  check(load(copy.get(), bytes.data(), bytes.size(), 100) == FK_OK);
  check(fk_index_indexed(copy.get()) == 333 && fk_index_pending(copy.get()) == 167);
  check(save(copy.get()) == bytes);
  for (uint32_t slot = 0; slot < 500; slot++) check(search(copy.get(), data.row(slot), 1).slots[0] == slot);
  check(fk_index_build(copy.get(), 0, 1, nullptr) == FK_OK && fk_index_indexed(copy.get()) == 500);

  const Index lacking = filled(data);
  const uint32_t needed[] = {1};
  check(fk_index_set_deleted(lacking.get(), 1) == FK_OK && fk_index_release(lacking.get(), needed, 1) == FK_OK);
  check(load(lacking.get(), bytes.data(), bytes.size()) == FK_CORRUPT);
  // Released only when the members have been read already: the end looks again.
  const Index late = filled(data);
  fk_loader *loader = nullptr;
  check(fk_index_load_begin(late.get(), &loader) == FK_OK);
  check(fk_index_load_write(loader, bytes.data(), bytes.size()) == FK_OK);
  check(fk_index_set_deleted(late.get(), 1) == FK_OK && fk_index_release(late.get(), needed, 1) == FK_OK);
  check(fk_index_load_end(loader, 1, 1) == FK_CORRUPT);
};
