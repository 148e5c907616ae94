// libFuzzer harness: the first byte picks the size of pieces and the depth; the rest is a body. It is read without harm, and what the
// view names lies inside what it has.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../include/kernel.h"

namespace {

constexpr char names[] = "vvector\0vvectors\0xpayload";

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

void walk(const fk_json_view &view, size_t body_bytes) {
  const size_t keys = view.key_words / 2;
  for (size_t i = 0; i < view.key_words; i += 2) {
    expect(view.keys[i] < view.keys[i + 1] && view.keys[i + 1] <= body_bytes);
  }
  const auto step = [&](uint32_t value) { expect(!(value & 1) || (value >> 1) < keys); };
  size_t at = 0, depth = 0;
  while (at < view.place_words) {
    const uint32_t *place = view.places + at;
    const size_t most = place[0] == FK_JSON_VECTOR ? view.float_count : body_bytes;
    expect(place[0] <= FK_JSON_STRING && place[1] < place[2] && place[2] <= most && place[3] <= depth);
    depth = place[3] + place[4];
    expect(at + 5 + place[4] <= view.place_words);
    for (uint32_t i = 0; i < place[4]; i++) step(place[5 + i]);
    at += 5 + place[4];
  }
  for (at = 0; at < view.list_words;) {
    const uint32_t count = view.lists[at + 1], steps = view.lists[at + 2];
    expect(at + 3 + steps + 2 * size_t{count} <= view.list_words);
    for (uint32_t i = 0; i < steps; i++) step(view.lists[at + 3 + i]);
    const uint32_t *ranges = view.lists + at + 3 + steps;
    for (uint32_t i = 0; i < 2 * count; i += 2) {
      expect(ranges[i] < ranges[i + 1] && ranges[i + 1] <= view.piece_bytes);
      expect(view.pieces[ranges[i]] == '[' && view.pieces[ranges[i + 1] - 1] == ']');
    }
    at += 3 + steps + 2 * count;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  if (length < 1) return 0;
  // A copy of its very size, so that reading past its end is noticed.
  const size_t bytes = length - 1;
  std::vector<char> body(input + 1, input + length);
  fk_json *json = nullptr;
  const uint32_t piece_bytes = input[0] & 1 ? 0 : 4u << (input[0] >> 5);
  expect(fk_json_read(body.data(), bytes, names, sizeof names, 1 + (input[0] >> 1 & 15), piece_bytes, &json) == FK_OK);
  fk_json_view view;
  fk_json_parts(json, &view);
  if (view.fault == FK_JSON_WELL) walk(view, bytes);
  else expect(view.fault_at <= bytes);
  fk_json_free(json);
  return 0;
}
