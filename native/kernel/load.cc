// Reading a graph back from bytes that nobody vouches for; see checkpoint.h for them.
//
// The bytes build a graph beside the index's own. Each number is checked before it is used: what sizes memory is bounded by
// the rows that the index really has, and every link must name a node that has the level it is linked on. Only when all of it
// and the checksum hold does the index adopt the result.
#include <cmath>
#include <new>

#include "checkpoint.h"
#include "index.h"

using namespace franca;

struct fk_loader {
  fk_index &index;
  Graph *graph = nullptr;
  Codes *codes = nullptr;
  Header header{};
  enum class Part { header, mean, members, count, link, checksum, end } part = Part::header;
  uint32_t at = 0;      // number within mean or members; slot within links
  uint32_t level = 0;   // of the row being read
  uint32_t row_count = 0, row_at = 0, nodes = 0, highest = 0;
  uint32_t checksum = 0;
  uint8_t item[sizeof(Header)] = {};  // the item being gathered
  size_t item_have = 0;
  fk_status status = FK_OK;  // of the bytes so far; what follows a failure is ignored

  explicit fk_loader(fk_index &its_index) : index(its_index) {}
  ~fk_loader() {
    delete graph;
    delete codes;
  }
};

namespace {

using Part = fk_loader::Part;

size_t item_size(Part part) { return part == Part::header ? sizeof(Header) : part == Part::count ? 1 : 4; }

fk_status begin_graph(fk_loader &loader) {
  Header &h = loader.header;
  memcpy(&h, loader.item, sizeof h);
  const fk_index_options &o = loader.index.options;
  if (h.magic != kMagic || h.version < 1 || h.version > kFormatVersion || h.reserved != 0) return FK_CORRUPT;
  if (h.version > 1 && h.watermark != 0) return FK_CORRUPT;
  if (h.dimension != o.dimension || h.metric != o.metric || h.m != o.m || h.seed != o.seed) return FK_CORRUPT;
  const uint32_t slots = loader.index.rows.slots.load(std::memory_order_acquire);
  if (h.slots > slots || h.watermark > h.slots || h.nodes > h.slots || h.codes > 2) return FK_CORRUPT;
  if (h.codes && !(std::isfinite(h.scale) && h.scale >= 1e-30f)) return FK_CORRUPT;
  if (h.nodes && !h.codes) return FK_CORRUPT;

  loader.graph = new (std::nothrow) Graph(o.m, o.seed);
  if (!loader.graph || !loader.graph->reserve(h.slots)) return FK_NO_MEMORY;
  if (h.codes) {
    loader.codes = new (std::nothrow) Codes;
    if (!loader.codes || !loader.codes->prepare(fk_metric(o.metric), o.dimension)) return FK_NO_MEMORY;
    loader.codes->usable = h.codes == 1;
    loader.codes->scale = h.scale;
    loader.codes->inverse_scale = 1 / h.scale;
    loader.codes->trained_on = h.trained_on;
  }
  return FK_OK;
}

// The row to read next: the next level of this node, or level 0 of the next node.
void next_row(fk_loader &loader) {
  const View members = loader.graph->members.words.view();
  if (loader.part == Part::members) {
    loader.at = 0;
  } else if (loader.level < loader.graph->levels.of(loader.at)) {
    loader.level++;
    loader.part = Part::count;
    return;
  } else {
    loader.at++;
  }
  while (loader.at < loader.header.slots && !has(members, loader.at)) loader.at++;
  loader.level = 0;
  loader.part = loader.at < loader.header.slots ? Part::count : Part::checksum;
}

fk_status check_members(fk_loader &loader) {
  const Header &h = loader.header;
  if (loader.nodes != h.nodes) return FK_CORRUPT;
  if (!h.nodes) return h.entry ? FK_CORRUPT : FK_OK;
  const auto slot = uint32_t(h.entry);
  if (slot >= h.slots || !has(loader.graph->members.words.view(), slot)) return FK_CORRUPT;
  const uint32_t level = loader.graph->levels.of(slot);
  return level == loader.highest && h.entry >> 32 == level + 1 ? FK_OK : FK_CORRUPT;
}

fk_status take_members(fk_loader &loader, uint32_t word) {
  const Header &h = loader.header;
  const RowsView rows(loader.index.rows);
  const uint32_t words = (h.slots + 31) / 32;
  if (loader.at + 1 == words && h.slots & 31 && word >> (h.slots & 31)) return FK_CORRUPT;
  if (word & ~word_of(rows.present, loader.at)) return FK_CORRUPT;  // a node without a row
  store_link(loader.graph->members.words.view().as<uint32_t>(loader.at), word);
  for (uint32_t bits = word; bits; bits &= bits - 1) {
    const uint32_t level = loader.graph->levels.of(loader.at * 32 + uint32_t(__builtin_ctz(bits)));
    if (level > loader.highest) loader.highest = level;
    loader.nodes++;
  }
  loader.at++;
  return FK_OK;
}

void clear_row(fk_loader &loader, const GraphView &view) {
  uint32_t *links = view.links(loader.at, loader.level);
  for (uint32_t i = 0; i < view.width(loader.level); i++) store_link(links + i, kNone);
}

fk_status take_link(fk_loader &loader, uint32_t slot) {
  const GraphView view(*loader.graph);
  if (slot >= loader.header.slots || slot == loader.at || !has(view.members, slot)) return FK_CORRUPT;
  if (loader.level && loader.graph->levels.of(slot) < loader.level) return FK_CORRUPT;
  store_link(view.links(loader.at, loader.level) + loader.row_at++, slot);
  return FK_OK;
}

// Steps past parts that have no items, or no more.
void settle(fk_loader &loader) {
  const Header &h = loader.header;
  if (loader.part == Part::mean && (!loader.codes || loader.at == h.dimension)) {
    loader.part = Part::members;
    loader.at = 0;
  }
  if (loader.part == Part::members && loader.at == (h.slots + 31) / 32) {
    loader.status = check_members(loader);
    next_row(loader);
  }
  if (loader.part == Part::link && loader.row_at == loader.row_count) next_row(loader);
}

fk_status take_item(fk_loader &loader) {
  uint32_t number;
  memcpy(&number, loader.item, 4);
  switch (loader.part) {
    case Part::header: {
      const fk_status status = begin_graph(loader);
      loader.part = Part::mean;
      return status;
    }
    case Part::mean: {
      float mean;
      memcpy(&mean, &number, 4);
      if (!std::isfinite(mean)) return FK_CORRUPT;
      loader.codes->mean[loader.at++] = mean;
      return FK_OK;
    }
    case Part::members: return take_members(loader, number);
    case Part::count: {
      const GraphView view(*loader.graph);
      loader.row_count = loader.item[0];
      loader.row_at = 0;
      if (loader.row_count > view.width(loader.level)) return FK_CORRUPT;
      clear_row(loader, view);
      loader.part = Part::link;
      return FK_OK;
    }
    case Part::link: return take_link(loader, number);
    case Part::checksum:
      loader.part = Part::end;
      return number == loader.checksum ? FK_OK : FK_CORRUPT;
    case Part::end: break;
  }
  return FK_CORRUPT;
}

// The rows may have changed since the members were read: a node needs its row. Format 1 promises, too, that every live row
// below its watermark is a node.
fk_status check_coverage(const fk_loader &loader) {
  const RowsView rows(loader.index.rows);
  const View members = loader.graph->members.words.view();
  for (uint32_t word = 0; uint64_t(word) * 32 < loader.header.slots; word++) {
    if (word_of(members, word) & ~word_of(rows.present, word)) return FK_CORRUPT;
  }
  for (uint32_t slot = 0; slot < loader.header.watermark; slot++) {
    if (rows.live(slot) && !has(members, slot)) return FK_CORRUPT;
  }
  return FK_OK;
}

struct Encoding {
  fk_loader &loader;
  RowsView rows;
  std::atomic<uint64_t> next{0};
  std::atomic<uint32_t> failed{0};
};

void encode_blocks(void *context, uint32_t) {
  Encoding &encoding = *static_cast<Encoding *>(context);
  fk_loader &loader = encoding.loader;
  const View members = loader.graph->members.words.view();
  Buffer<float> scratch;
  if (!scratch.reserve(loader.index.options.dimension)) {
    encoding.failed = FK_NO_MEMORY;
    return;
  }
  for (;;) {
    const uint64_t from = encoding.next.fetch_add(kBlockSlots);
    if (from >= loader.header.slots) return;
    const Reading reading(loader.index.gate);
    for (uint64_t slot = from; slot < from + kBlockSlots && slot < loader.header.slots; slot++) {
      if (has(members, uint32_t(slot))) loader.codes->encode(encoding.rows, uint32_t(slot), scratch.data);
    }
  }
}

fk_status encode_all(fk_loader &loader, uint32_t threads) {
  if (!loader.codes || !loader.codes->usable) return FK_OK;
  if (!loader.codes->rows.reserve(loader.header.slots)) return FK_NO_MEMORY;
  Encoding encoding{loader, RowsView(loader.index.rows), {}, {}};
  run_parallel(threads ? threads : 1, encode_blocks, &encoding);
  loader.codes->encoded = loader.codes->clipped = 0;
  return fk_status(encoding.failed.load());
}

fk_status adopt(fk_loader &loader, uint32_t threads) {
  fk_index &index = loader.index;
  if (!become_busy(index, Progress{nullptr})) return FK_INVALID;
  fk_status status = check_coverage(loader);
  if (status == FK_OK) status = encode_all(loader, threads);
  if (status == FK_OK) {
    loader.graph->nodes = loader.nodes;
    loader.graph->entry = loader.header.entry;
    forget_repair(index.repair);
    index.repair = nullptr;
    index.codes_checked_at = index.levels_checked_at = UINT64_MAX;
    loader.graph->codes = loader.codes;
    loader.codes = nullptr;
    replace_graph(index, loader.graph);
    loader.graph = nullptr;
  }
  end_busy(index);
  return status;
}

// Rows of links make up nearly all of a checkpoint: those that lie whole in the bytes at hand are read at once.
const uint8_t *take_whole_rows(fk_loader &loader, const uint8_t *at, const uint8_t *end) {
  constexpr ptrdiff_t longest = 1 + kMaxLinks * 4;
  while (loader.part == Part::count && loader.status == FK_OK && end - at >= longest) {
    loader.item[0] = *at++;
    loader.status = take_item(loader);
    for (uint32_t i = 0; loader.status == FK_OK && i < loader.row_count; i++, at += 4) {
      uint32_t slot;
      memcpy(&slot, at, 4);
      loader.status = take_link(loader, slot);
    }
    if (loader.status == FK_OK) next_row(loader);
  }
  return at;
}

}  // namespace

fk_status fk_index_load_begin(fk_index *index, fk_loader **out) {
  if (!index || !out) return FK_INVALID;
  *out = new (std::nothrow) fk_loader(*index);
  return *out ? FK_OK : FK_NO_MEMORY;
}

fk_status fk_index_load_write(fk_loader *loader, const void *bytes, size_t length) {
  if (!loader || (length && !bytes)) return FK_INVALID;
  const auto *at = static_cast<const uint8_t *>(bytes);
  const auto *end = at + length, *summed = at;
  const auto sum_up_to_here = [&] {
    loader->checksum = fk_crc32c(loader->checksum, summed, size_t(at - summed));
    summed = at;
  };
  while (at < end && loader->status == FK_OK) {
    if (loader->part == Part::end) return loader->status = FK_CORRUPT;  // bytes after the end
    if (loader->part == Part::count) {
      at = take_whole_rows(*loader, at, end);
      if (at == end || loader->status != FK_OK) break;
    }
    // The checksum covers all but itself.
    const bool is_checksum = loader->part == Part::checksum;
    if (is_checksum && loader->item_have == 0) sum_up_to_here();
    const size_t size = item_size(loader->part);
    size_t count = size - loader->item_have;
    if (count > size_t(end - at)) count = size_t(end - at);
    memcpy(loader->item + loader->item_have, at, count);
    loader->item_have += count;
    at += count;
    if (is_checksum) summed = at;
    if (loader->item_have < size) break;
    loader->item_have = 0;
    loader->status = take_item(*loader);
    if (loader->status == FK_OK) settle(*loader);
  }
  sum_up_to_here();
  return loader->status;
}

fk_status fk_index_load_end(fk_loader *loader, int commit, uint32_t threads) {
  if (!loader) return FK_INVALID;
  fk_status status = FK_OK;
  if (commit) {
    status = loader->status;
    if (status == FK_OK) status = loader->part == Part::end ? adopt(*loader, threads) : FK_CORRUPT;
  }
  delete loader;
  return status;
}
