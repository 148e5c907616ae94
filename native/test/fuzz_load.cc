// libFuzzer harness: the first byte picks a piece size and whether the checksum is made to fit (without which no damage would
// get past it); the rest is a checkpoint. Whatever loads must then search, build and save without harm.
// An empty corpus is seeded with a true checkpoint by LLVMFuzzerInitialize.
#include <cstdio>
#include <string>

#include "data.h"

using namespace test;

namespace {

constexpr uint32_t kRows = 60, kDimension = 6;

// As the loader finds it: some rows are dead, some absent; or all live.
Index filled(bool with_dead) {
  static const Vectors data = Embeddings(kDimension, 5).make(kRows);
  Index index = make_index(kDimension, FK_EUCLIDEAN, 3, 16);
  fk_index_put(index.get(), 0, data.values.data(), kRows);
  for (uint32_t slot = 0; with_dead && slot < kRows; slot += 7) fk_index_set_deleted(index.get(), slot);
  return index;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int *count, char ***arguments) {
  std::string corpus;
  for (int i = 1; i < *count; i++) {
    if ((*arguments)[i][0] != '-') corpus = (*arguments)[i];
  }
  if (corpus.empty()) return 0;
  const Index index = filled(false);
  int number = 0;
  const auto keep = [&](std::vector<uint8_t> bytes) {
    if (FILE *file = fopen((corpus + "/true-" + std::to_string(number++)).c_str(), "wb")) {
      fputc(0xFF, file);
      fwrite(bytes.data(), 1, bytes.size(), file);
      fclose(file);
    }
  };
  for (const uint32_t built : {0u, 20u, kRows}) {
    if (built) fk_index_build(index.get(), built, 1, nullptr);
    keep(save(index.get()));
  }
  // Format 1 differs in its version and its watermark.
  auto first = save(index.get());
  const uint32_t version = 1, watermark = kRows;
  memcpy(first.data() + 8, &version, 4);
  memcpy(first.data() + 28, &watermark, 4);
  keep(first);
  // With holes.
  for (uint32_t slot = 0; slot < kRows; slot += 2) fk_index_set_deleted(index.get(), slot);
  fk_index_repair(index.get(), 0, 1, nullptr);
  keep(save(index.get()));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  if (length < 1) return 0;
  const uint8_t how = input[0];
  std::vector<uint8_t> bytes(input + 1, input + length);
  if (how & 1 && bytes.size() >= 4) {
    const uint32_t checksum = fk_crc32c(0, bytes.data(), bytes.size() - 4);
    memcpy(bytes.data() + bytes.size() - 4, &checksum, 4);
  }
  const Index index = filled(how & 2);
  const fk_status status = load(index.get(), bytes.data(), bytes.size(), size_t(how >> 2) + 1);
  if (status != FK_OK && status != FK_CORRUPT) __builtin_trap();
  const uint32_t live = how & 2 ? kRows - (kRows + 6) / 7 : kRows;
  const float query[kDimension] = {0.1f, -0.2f, 0.3f, 0.1f, 0.5f, -0.4f};
  const auto whole = [&] {
    for (const fk_mode mode : {FK_AUTO, FK_CODES, FK_GRAPH}) {
      if (search(index.get(), query, 5, 16, mode).slots.size() != 5) __builtin_trap();
    }
    if (fk_index_indexed(index.get()) - fk_index_deleted_in_graph(index.get()) + fk_index_pending(index.get()) != live) __builtin_trap();
  };
  whole();
  // Whatever links it came with, a repair and a build make a graph of it.
  if (how & 1) {
    if (fk_index_repair(index.get(), 0, 1, nullptr) != FK_OK) __builtin_trap();
    if (fk_index_deleted_in_graph(index.get()) != 0) __builtin_trap();
    whole();
  }
  if (fk_index_build(index.get(), 0, 1, nullptr) != FK_OK) __builtin_trap();
  if (fk_index_pending(index.get()) != 0) __builtin_trap();
  whole();
  const auto again = save(index.get());
  const Index copy = filled(how & 2);
  if (load(copy.get(), again.data(), again.size()) != FK_OK) __builtin_trap();
  return 0;
}
