// Writing the graph out, in pieces that the host asks for; see checkpoint.h for the bytes.
#include <new>

#include "checkpoint.h"
#include "index.h"

using namespace franca;

struct fk_saver {
  fk_index &index;
  const Graph &graph;
  const Codes *codes;
  Header header{};
  enum class Part { header, mean, members, links, checksum, end } part = Part::header;
  uint32_t at = 0;  // within the part
  uint32_t checksum = 0;
  Buffer<uint8_t> staged;
  size_t staged_from = 0, staged_to = 0;

  explicit fk_saver(fk_index &its_index)
      : index(its_index), graph(*its_index.graph.load()), codes(graph.codes.load()) {}
};

namespace {

constexpr size_t kStage = size_t(64) << 10;  // a piece, give or take one node's links

void append(fk_saver &saver, const void *bytes, size_t length) {
  memcpy(saver.staged.data + saver.staged_to, bytes, length);
  saver.staged_to += length;
}

void append_links(fk_saver &saver, const GraphView &view, uint32_t slot) {
  const uint32_t level = saver.graph.levels.of(slot);
  for (uint32_t l = 0; l <= level; l++) {
    const uint32_t *links = view.links(slot, l);
    uint8_t count = 0;
    while (count < view.width(l) && load_link(links + count) != kNone) count++;
    append(saver, &count, 1);
    append(saver, links, count * sizeof(uint32_t));
  }
}

// Stages the next piece: as much of the current part as fits.
void stage(fk_saver &saver) {
  using Part = fk_saver::Part;
  saver.staged_from = saver.staged_to = 0;
  const GraphView view(saver.graph);
  const auto next_part = [&](Part part) {
    saver.part = part;
    saver.at = 0;
  };
  switch (saver.part) {
    case Part::header:
      append(saver, &saver.header, sizeof(Header));
      next_part(Part::mean);
      break;
    case Part::mean:
      if (saver.codes) append(saver, saver.codes->mean.data, saver.codes->dimension * sizeof(float));
      next_part(Part::members);
      break;
    case Part::members: {
      const uint32_t words = (saver.header.slots + 31) / 32;
      for (; saver.at < words && saver.staged_to < kStage; saver.at++) {
        const uint32_t word = word_of(view.members, saver.at);
        append(saver, &word, 4);
      }
      if (saver.at == words) next_part(Part::links);
      break;
    }
    case Part::links:
      for (; saver.at < saver.header.slots && saver.staged_to < kStage; saver.at++) {
        if (has(view.members, saver.at)) append_links(saver, view, saver.at);
      }
      if (saver.at == saver.header.slots) next_part(Part::checksum);
      break;
    case Part::checksum:
      append(saver, &saver.checksum, 4);
      saver.part = Part::end;
      return;
    case Part::end: return;
  }
  saver.checksum = fk_crc32c(saver.checksum, saver.staged.data, saver.staged_to);
}

}  // namespace

fk_status fk_index_save_begin(fk_index *index, fk_saver **out) {
  if (!index || !out) return FK_INVALID;
  if (!become_busy(*index, Progress{nullptr})) return FK_INVALID;
  auto *saver = new (std::nothrow) fk_saver(*index);
  // Room for a piece, the mean, and one node's links on every level.
  const size_t room = kStage + index->options.dimension * sizeof(float) + (kMaxLevel + 2) * (kMaxLinks * 4 + 1);
  if (!saver || !saver->staged.reserve(room)) {
    delete saver;
    end_busy(*index);
    return FK_NO_MEMORY;
  }
  const fk_index_options &o = index->options;
  const Graph &graph = saver->graph;
  Header &h = saver->header;
  h.magic = kMagic;
  h.version = kFormatVersion;
  h.dimension = o.dimension;
  h.metric = o.metric;
  h.m = o.m;
  h.ef_construction = o.ef_construction;
  h.seed = o.seed;
  h.slots = graph.slots.load();
  // Up to the last node: what was released behind it may not be put again before this is loaded.
  const GraphView view(graph);
  while (h.slots && !has(view.members, h.slots - 1)) h.slots--;
  h.nodes = graph.nodes.load();
  h.entry = graph.entry.load();
  if (saver->codes) {
    h.codes = saver->codes->usable ? 1 : 2;
    h.trained_on = saver->codes->trained_on;
    h.scale = saver->codes->scale;
  }
  *out = saver;
  return FK_OK;
}

fk_status fk_index_save_read(fk_saver *saver, void *buffer, size_t capacity, size_t *length) {
  if (!saver || !buffer || !length || capacity == 0) return FK_INVALID;
  size_t filled = 0;
  while (filled < capacity) {
    if (saver->staged_from == saver->staged_to) {
      if (saver->part == fk_saver::Part::end) break;
      stage(*saver);
      continue;
    }
    size_t count = saver->staged_to - saver->staged_from;
    if (count > capacity - filled) count = capacity - filled;
    memcpy(static_cast<uint8_t *>(buffer) + filled, saver->staged.data + saver->staged_from, count);
    filled += count;
    saver->staged_from += count;
  }
  *length = filled;
  return FK_OK;
}

void fk_index_save_end(fk_saver *saver) {
  if (!saver) return;
  end_busy(saver->index);
  delete saver;
}
