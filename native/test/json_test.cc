// Numbers of JSON against the C library's, and lengths at which reading eight bytes at once could go too far.
#include <cmath>
#include <cstring>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../kernel/json_number.h"
#include "../include/kernel.h"
#include "harness.h"

using namespace test;

namespace {

// In a block of its very size, so that the sanitizer notices a byte read too many.
float read(const std::string &text) {
  std::vector<char> exact(text.begin(), text.end());
  float value = NAN;
  const char *end = exact.data() + exact.size();
  return franca::read_float(exact.data(), end, &value) == end ? value : NAN;
}

fk_status read_body(const std::string &text, uint32_t piece_bytes, fk_json_view *view, fk_json **json) {
  const char names[] = "vvector";
  const fk_status status = fk_json_read(text.data(), text.size(), names, sizeof names, 128, piece_bytes, json);
  if (status == FK_OK) fk_json_parts(*json, view);
  return status;
}

}  // namespace

law("numbers of JSON are the float nearest to the nearest double, however many digits they have") {
  uint64_t state = 7;
  const auto random = [&] { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 20; };
  for (int i = 0; i < 200000; i++) {
    char text[128];
    const uint64_t kind = random() % 4;
    const double scale = std::pow(10.0, static_cast<double>(random() % 90) - 50);
    const double value = static_cast<double>(random()) / 0x1p44 * scale * (random() & 1 ? -1 : 1);
    if (kind == 0) snprintf(text, sizeof text, "%.17g", static_cast<double>(static_cast<float>(value)));
    else if (kind == 1) snprintf(text, sizeof text, "%.*e", static_cast<int>(random() % 40), value);
    else if (kind == 2) snprintf(text, sizeof text, "%.*f", static_cast<int>(random() % 30), value / scale);
    else snprintf(text, sizeof text, "%.25g", static_cast<double>(static_cast<float>(value)) * (1 + 0x1p-25));
    const double nearest = strtod(text, nullptr);
    if (std::fabs(nearest) > 3.4e38) continue;
    const float expected = static_cast<float>(nearest), found = read(text);
    check(memcmp(&expected, &found, 4) == 0);
  }
};

law("a number that ends where the text ends is read to its last byte and no further") {
  std::string text = "0.";
  for (int digits = 1; digits < 40; digits++) {
    text += static_cast<char>('0' + digits % 10);
    check(read(text) == static_cast<float>(strtod(text.c_str(), nullptr)));
  }
  for (const char *bad : {"", "-", "01", "1.", "1e", "1e+", ".5", "+1", "-a"}) check(std::isnan(read(bad)));
};

law("a body of JSON cut short anywhere is refused where it ends") {
  const std::string whole = R"({"vector":[1.5,-2e3],"a":"x\u0041é","b":[true,null,{"c":99999999999999999999}]})";
  for (size_t length = 0; length <= whole.size(); length++) {
    const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<long>(length));
    fk_json_view view;
    fk_json *json = nullptr;
    const char names[] = "vvector";
    check(fk_json_read(exact.data(), length, names, sizeof names, 128, 0, &json) == FK_OK);
    fk_json_parts(json, &view);
    check((view.fault == FK_JSON_WELL) == (length == whole.size()));
    check(view.fault_at <= length);
    fk_json_free(json);
  }
};

law("lists are cut into pieces of about the size asked for, and vectors are counted in none") {
  std::string body = "{\"points\":[";
  for (int i = 0; i < 100; i++) body += (i ? "," : "") + std::string("{\"vector\":[1,2,3],\"payload\":\"xxxxxxxxxxxxxxxxxxxx\"}");
  body += "]}";
  fk_json_view view;
  fk_json *json = nullptr;
  check(read_body(body, 500, &view, &json) == FK_OK);
  check(view.fault == FK_JSON_WELL && view.float_count == 300 && view.text_bytes < 40);
  check(view.lists[1] > 5 && view.lists[1] < 15);
  fk_json_free(json);
};
