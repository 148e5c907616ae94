// Measures what codes would cost: a few rows ask for their ten nearest among all, once exactly and once by codes with the
// re-ranking that a search does. One scale for all dimensions fails, for example, when one dimension dwarfs the rest or when
// clusters are much narrower than the space between them; such data is traversed by float32 instead.
#include "fidelity.h"

#include <new>

#include "distance.h"
#include "scorer.h"

namespace franca {
namespace {

constexpr uint32_t kAsking = 16, kNearest = 10, kReranked = 20, kMostRows = 200'000;
constexpr float kFloor = 0.9f;

struct Best {
  Candidate items[kReranked];
  uint32_t size = 0;
  void offer(Candidate added, uint32_t width) {
    if (size == width) {
      if (added >= items[size - 1]) return;
      size--;
    }
    uint32_t at = size++;
    for (; at > 0 && items[at - 1] > added; at--) items[at] = items[at - 1];
    items[at] = added;
  }
};

}  // namespace

fk_status measure_fidelity(Codes &codes, const RowsView &view, const Progress &progress) {
  // One spare row of codes, that each row in turn is encoded into.
  Codes spare;
  Scratch scratch[kAsking];
  if (!spare.prepare(codes.metric, codes.dimension) || !spare.rows.reserve(1)) return FK_NO_MEMORY;
  memcpy(spare.mean.data, codes.mean.data, codes.dimension * sizeof(float));
  spare.scale = codes.scale;
  spare.inverse_scale = codes.inverse_scale;
  spare.usable = codes.usable = true;

  uint32_t asking = 0, slots[kAsking];
  const uint32_t step = view.slots / kAsking + 1;
  for (uint64_t start = 0; start < view.slots && asking < kAsking; start += step) {
    for (uint64_t slot = start; slot < start + step && slot < view.slots; slot++) {
      if (!view.live(uint32_t(slot))) continue;
      slots[asking++] = uint32_t(slot);
      break;
    }
  }
  alignas(Scorer) unsigned char memory[kAsking][sizeof(Scorer)];
  Scorer *scorers[kAsking];
  for (uint32_t i = 0; i < asking; i++) {
    if (!scratch[i].prepare(codes.dimension)) return FK_NO_MEMORY;
    scorers[i] = ::new (memory[i]) Scorer(view, spare);
    scorers[i]->aim_at_vector(view.vector(slots[i]), spare, scratch[i], 0);
  }

  Best exact[kAsking], coarse[kAsking];
  const uint32_t stride = view.slots / kMostRows + 1;
  for (uint64_t at = 0; at < view.slots; at += stride) {
    const auto slot = uint32_t(at);
    if (!view.live(slot)) continue;
    if (progress.cancelled()) return FK_CANCELLED;
    // Encoding costs more than comparing, so encode once for all who ask.
    spare.encode_into(view, slot, scratch[0].floats[1].data, spare.rows.view().row(0));
    for (uint32_t i = 0; i < asking; i++) {
      if (slot == slots[i]) continue;
      exact[i].offer(candidate(exact_distance(scorers[i]->exact, view.vector(slot), view.norm(slot)), slot), kNearest);
      coarse[i].offer(candidate(scorers[i]->score_one(0), slot), kReranked);
    }
  }
  uint32_t found = 0, wanted = 0;
  for (uint32_t i = 0; i < asking; i++) {
    // Whatever is as near as the furthest of the ten is as good an answer.
    if (!exact[i].size) continue;
    const float furthest = key_of(exact[i].items[exact[i].size - 1]);
    uint32_t near_enough = 0;
    for (uint32_t j = 0; j < coarse[i].size; j++) {
      const uint32_t slot = slot_of(coarse[i].items[j]);
      near_enough += exact_distance(scorers[i]->exact, view.vector(slot), view.norm(slot)) <= furthest;
    }
    wanted += exact[i].size;
    found += near_enough < exact[i].size ? near_enough : exact[i].size;
  }
  codes.usable = float(found) >= kFloor * float(wanted);
  return FK_OK;
}

}  // namespace franca
