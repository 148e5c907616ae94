// Numbers of JSON: digits eight at a time (SWAR), one multiplication or division by an exact power of ten (Clinger, "How to read
// floating point numbers accurately", 1990), and the library's slow and exact way for the few that this cannot decide.
//
// What is wanted is a float32, so a double that is off by a few units in its last place will do, unless it lies so close to
// the middle between two floats that those units decide which of them is nearer.
#include "json_number.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#if !defined(__wasm__)
#include <charconv>
#endif

namespace franca {
namespace {

constexpr double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Larger than any exponent that matters, small enough to be added to.
constexpr int64_t most_exponent = int64_t{1} << 40;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

uint64_t load8(const char *at) {
  uint64_t eight;
  memcpy(&eight, at, 8);
  return eight;
}

// How many of eight characters, in memory's order (little-endian), come before the first that is no digit.
int leading_digits(uint64_t eight) {
  const uint64_t offset = eight ^ 0x3030303030303030u;
  const uint64_t others = (((offset & 0x7F7F7F7F7F7F7F7Fu) + 0x7676767676767676u) | offset) & 0x8080808080808080u;
  return others ? std::countr_zero(others) >> 3 : 8;
}

uint64_t value_of(uint64_t eight) {
  eight -= 0x3030303030303030u;
  eight = eight * 10 + (eight >> 8);  // pairs, in every second byte
  return ((eight & 0x000000FF000000FFu) * 0x000F424000000064u + (eight >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >> 32;
}

// digits × 10^exponent is the number, but for digits that were left out after the nineteenth.
struct Decimal {
  uint64_t digits = 0;
  int64_t exponent = 0;
  bool negative = false;
};

// Below 10^(19 − n), n more digits fit.
constexpr uint64_t room[] = {UINT64_MAX,       1000000000000000000, 100000000000000000, 10000000000000000, 1000000000000000,
                             100000000000000, 10000000000000,      1000000000000,      100000000000};
constexpr uint64_t tenfold[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

const char *read_decimal(const char *at, const char *end, Decimal *out) {
  uint64_t digits = 0;
  int64_t exponent = 0;
  if (at < end && *at == '-') {
    out->negative = true;
    at++;
  }
  if (at == end || !is_digit(*at)) return nullptr;
  if (*at == '0') {
    at++;
    if (at < end && is_digit(*at)) return nullptr;
  } else {
    for (; at < end && is_digit(*at); at++) {
      if (digits < room[1]) digits = digits * 10 + static_cast<uint64_t>(*at - '0');
      else exponent++;
    }
  }
  if (at < end && *at == '.') {
    at++;
    if (at == end || !is_digit(*at)) return nullptr;
    while (end - at >= 8) {
      uint64_t eight = load8(at);
      const int count = leading_digits(eight);
      if (count == 0 || digits >= room[count]) break;
      // Those that count, behind zeros.
      if (count < 8) eight = eight << (64 - 8 * count) | 0x3030303030303030u >> 8 * count;
      digits = digits * tenfold[count] + value_of(eight);
      exponent -= count;
      at += count;
      if (count < 8) break;
    }
    for (; at < end && is_digit(*at); at++) {
      if (digits >= room[1]) continue;
      digits = digits * 10 + static_cast<uint64_t>(*at - '0');
      exponent--;
    }
  }
  if (at < end && (*at | 0x20) == 'e') {
    at++;
    bool down = false;
    if (at < end && (*at == '+' || *at == '-')) down = *at++ == '-';
    if (at == end || !is_digit(*at)) return nullptr;
    int64_t given = 0;
    for (; at < end && is_digit(*at); at++) {
      if (given < most_exponent) given = given * 10 + (*at - '0');
    }
    exponent += down ? -given : given;
  }
  out->digits = digits;
  out->exponent = exponent;
  return at;
}

double exactly(const char *from, const char *to, const Decimal &decimal) {
#if defined(__wasm__)
  // The C library there has one locale.
  (void)decimal;
  const size_t length = static_cast<size_t>(to - from);
  char small[64];
  char *text = length < sizeof small ? small : static_cast<char *>(malloc(length + 1));
  if (text == nullptr) return std::numeric_limits<double>::infinity();
  memcpy(text, from, length);
  text[length] = 0;
  const double value = strtod(text, nullptr);
  if (text != small) free(text);
  return value;
#else
  double value = 0;
  if (std::from_chars(from, to, value).ec != std::errc::result_out_of_range) return value;
  const double magnitude = decimal.exponent > 0 ? std::numeric_limits<double>::infinity() : 0;
  return decimal.negative ? -magnitude : magnitude;
#endif
}

// The decimal within four units of a double's last place; false where no two steps lead there.
bool nearly(const Decimal &decimal, double *value) {
  double near = static_cast<double>(decimal.digits);
  int64_t exponent = decimal.exponent;
  if (exponent < -44 || exponent > 22) return false;
  if (exponent > 0) near *= powers_of_ten[exponent];
  if (exponent < -22) {
    near /= powers_of_ten[22];
    exponent += 22;
  }
  if (exponent < 0) near /= powers_of_ten[-exponent];
  *value = decimal.negative ? -near : near;
  return true;
}

// Whether every double within eight units of its last place becomes the same float, a normal one.
bool is_clear(double value) {
  constexpr double least = 0x1p-125, most = 0x1p127;
  if (!(fabs(value) >= least && fabs(value) < most)) return false;
  uint64_t bits;
  memcpy(&bits, &value, 8);
  constexpr uint64_t middle = uint64_t{1} << 28;  // of the 29 bits that a float lacks
  const uint64_t rest = bits & (2 * middle - 1);
  return rest < middle - 8 || rest > middle + 8;
}

// Rounds to the nearest; the cast of what is beyond float's range is not defined.
float to_float(double value) {
  constexpr double beyond = 0x1.ffffffp127;  // from here on the nearest is infinity
  if (value >= beyond) return std::numeric_limits<float>::infinity();
  if (value <= -beyond) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(value);
}

}  // namespace

const char *skip_number(const char *at, const char *end, bool *is_integer) {
  if (at < end && *at == '-') at++;
  if (at == end || !is_digit(*at)) return nullptr;
  if (*at == '0') {
    at++;
    if (at < end && is_digit(*at)) return nullptr;
  }
  while (at < end && is_digit(*at)) at++;
  *is_integer = true;
  if (at < end && *at == '.') {
    *is_integer = false;
    at++;
    if (at == end || !is_digit(*at)) return nullptr;
    while (at < end && is_digit(*at)) at++;
  }
  if (at < end && (*at | 0x20) == 'e') {
    *is_integer = false;
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    if (at == end || !is_digit(*at)) return nullptr;
    while (at < end && is_digit(*at)) at++;
  }
  return at;
}

const char *read_float(const char *at, const char *end, float *value) {
  Decimal decimal;
  const char *to = read_decimal(at, end, &decimal);
  if (to == nullptr) return nullptr;
  double near;
  if (decimal.digits == 0) *value = decimal.negative ? -0.0f : 0.0f;
  else if (nearly(decimal, &near) && is_clear(near)) *value = static_cast<float>(near);
  else *value = to_float(exactly(at, to, decimal));
  return to;
}

bool is_large_integer(const char *from, const char *to) {
  if (*from == '-') from++;
  constexpr size_t digits = 16;
  const size_t length = static_cast<size_t>(to - from);
  if (length != digits) return length > digits;
  return memcmp(from, "9007199254740991", digits) > 0;
}

}  // namespace franca
