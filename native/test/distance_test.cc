// Distances: every instruction set against the scalar one and against doubles.
#include <cfloat>

#include "../kernel/instructions.h"
#include "data.h"
#include "harness.h"

using namespace test;

namespace {

std::vector<const char *> sets() {
  std::vector<const char *> found;
  for (const char *name : {"scalar", "avx2", "avx512", "avx512vnni", "neon", "wasm-simd128"}) {
    if (fk_force_instruction_set(name) == FK_OK) found.push_back(name);
  }
  fk_force_instruction_set(nullptr);
  return found;
}

const fk_metric metrics[] = {FK_COSINE, FK_DOT, FK_EUCLIDEAN, FK_MANHATTAN};

// Lengths around every vector width, and some large ones.
std::vector<size_t> lengths() {
  std::vector<size_t> all;
  for (size_t n = 1; n <= 140; n++) all.push_back(n);
  for (size_t n : {191u, 192u, 255u, 256u, 257u, 511u, 512u, 513u, 767u, 768u, 1000u, 1023u, 1024u, 1025u, 1536u, 2047u, 2048u}) {
    all.push_back(n);
  }
  return all;
}

// Fills one float by a kind of trouble.
float value_of(int kind, Random &random) {
  switch (kind) {
    case 0: return normal(random);
    case 1: return 0;
    case 2: return FLT_MIN * uniform(random, -0.9f, 0.9f);  // denormal
    case 3: return random() & 1 ? 3e38f : -3e38f;
    case 4: return normal(random) * 1e-18f;
    case 5: return random() % 3 ? 0.0f : normal(random) * 1e15f;
    default: return random() & 1 ? -0.0f : normal(random) * 1000;
  }
}
constexpr int kKinds = 7;

bool same_bits(float a, float b) { return memcmp(&a, &b, 4) == 0; }

}  // namespace

law("a float32 distance has the same bits in every instruction set, at every length and alignment") {
  Random random(1);
  const auto all = sets();
  std::vector<float> a(2100), b(2100);
  for (const size_t n : lengths()) {
    for (int kind = 0; kind < kKinds; kind++) {
      const size_t shift_a = random() % 16, shift_b = random() % 16;
      for (size_t i = 0; i < n; i++) {
        a[shift_a + i] = value_of(kind, random);
        b[shift_b + i] = value_of(kind == 3 && n % 2 ? 0 : kind, random);
      }
      for (const fk_metric metric : metrics) {
        fk_force_instruction_set("scalar");
        const float expected = fk_distance_f32(metric, a.data() + shift_a, b.data() + shift_b, n);
        check(std::isfinite(expected));
        for (const char *name : all) {
          fk_force_instruction_set(name);
          check(same_bits(fk_distance_f32(metric, a.data() + shift_a, b.data() + shift_b, n), expected));
        }
      }
    }
  }
  fk_force_instruction_set(nullptr);
};

law("a float32 distance is that of the formula in double precision, for tiny and for huge numbers too") {
  Random random(2);
  for (const size_t n : {1u, 7u, 64u, 300u, 2048u}) {
    for (const float size : {1e-38f, 1e-22f, 1e-10f, 1.0f, 1e8f, 1e20f, 1e34f}) {
      std::vector<float> a(n), b(n);
      for (size_t i = 0; i < n; i++) {
        a[i] = normal(random) * size;
        b[i] = normal(random) * size;
      }
      for (const fk_metric metric : metrics) {
        double scale = metric == FK_COSINE ? 1 : 0;
        for (size_t i = 0; i < n && metric != FK_COSINE; i++) {
          scale += metric == FK_DOT ? std::fabs(double(a[i]) * b[i]) : std::fabs(double(a[i]) - b[i]);
        }
        const double expected = std::clamp(naive_distance(metric, a.data(), b.data(), n), -double(FLT_MAX), double(FLT_MAX));
        const double got = fk_distance_f32(metric, a.data(), b.data(), n);
        check(std::fabs(got - expected) <= scale * 1e-6 + FLT_MIN);
      }
    }
  }
};

law("the cosine distance to a zero vector is 1, to itself 0, to its opposite 2") {
  std::vector<float> a(100), zero(100), opposite(100);
  Random random(3);
  for (const float size : {1e-39f, 1e-20f, 1.0f, 1e30f}) {
    for (size_t i = 0; i < a.size(); i++) opposite[i] = -(a[i] = normal(random) * size);
    check(fk_distance_f32(FK_COSINE, a.data(), zero.data(), a.size()) == 1);
    check(fk_distance_f32(FK_COSINE, zero.data(), zero.data(), a.size()) == 1);
    check(fk_distance_f32(FK_COSINE, a.data(), a.data(), a.size()) <= 2e-7f);
    check(fk_distance_f32(FK_COSINE, a.data(), opposite.data(), a.size()) >= 2 - 3e-7f);
  }
};

law("an int8 distance is exact in every instruction set") {
  Random random(4);
  const auto all = sets();
  std::vector<int8_t> a(70000), b(70000);
  std::vector<size_t> sizes = lengths();
  sizes.push_back(16384);
  sizes.push_back(65536);
  for (const size_t n : sizes) {
    for (int kind = 0; kind < 3; kind++) {
      const size_t shift = random() % 16;
      for (size_t i = 0; i < n; i++) {
        a[shift + i] = kind == 1 ? -128 : int8_t(random());
        b[i] = kind == 1 ? 127 : kind == 2 ? 0 : int8_t(random());
      }
      int64_t dot = 0, aa = 0, bb = 0, square = 0, sum = 0;
      for (size_t i = 0; i < n; i++) {
        const int64_t x = a[shift + i], y = b[i];
        dot += x * y, aa += x * x, bb += y * y, square += (x - y) * (x - y), sum += x < y ? y - x : x - y;
      }
      for (const char *name : all) {
        fk_force_instruction_set(name);
        check(fk_distance_i8(FK_DOT, a.data() + shift, b.data(), n) == -float(dot));
        check(fk_distance_i8(FK_EUCLIDEAN, a.data() + shift, b.data(), n) == std::sqrt(float(square)));
        check(fk_distance_i8(FK_MANHATTAN, a.data() + shift, b.data(), n) == float(sum));
        const double cosine = aa == 0 || bb == 0 ? 1 : 1 - double(dot) / std::sqrt(double(aa)) / std::sqrt(double(bb));
        check(std::fabs(fk_distance_i8(FK_COSINE, a.data() + shift, b.data(), n) - cosine) < 1e-6);
      }
    }
  }
  fk_force_instruction_set(nullptr);
};

law("sums over codes are exact in every instruction set, up to 65,536 dimensions of extremes") {
  Random random(5);
  for (const size_t bytes : {64u, 128u, 192u, 768u, 1536u, 65536u}) {
    constexpr size_t count = 7;  // a group of four, and a rest
    std::vector<std::vector<uint8_t>> rows(count, std::vector<uint8_t>(bytes));
    std::vector<int8_t> narrow(bytes);
    std::vector<int16_t> wide(bytes);
    const uint8_t *at[count];
    for (int kind = 0; kind < 2; kind++) {
      for (size_t i = 0; i < bytes; i++) wide[i] = narrow[i] = kind ? 127 : int8_t(random());
      for (size_t r = 0; r < count; r++) {
        at[r] = rows[r].data();
        for (auto &code : rows[r]) code = kind ? 255 : uint8_t(random());
      }
      int32_t dots[count], sums[count];
      for (size_t r = 0; r < count; r++) {
        int64_t dot = 0, sum = 0;
        for (size_t i = 0; i < bytes; i++) {
          dot += rows[r][i] * narrow[i];
          sum += std::abs(int(rows[r][i]) - int(uint8_t(narrow[i])));
        }
        dots[r] = int32_t(dot);
        sums[r] = int32_t(sum);
        check(dots[r] == dot);
      }
      for (const char *name : sets()) {
        fk_force_instruction_set(name);
        const franca::Instructions &set = franca::instructions();
        int32_t got[count];
        set.dot_codes({narrow.data(), wide.data()}, at, count, bytes, got);
        check(memcmp(got, dots, sizeof got) == 0);
        set.manhattan_codes(reinterpret_cast<uint8_t *>(narrow.data()), at, count, bytes, got);
        check(memcmp(got, sums, sizeof got) == 0);
      }
    }
  }
  fk_force_instruction_set(nullptr);
};

law("NaN and infinities are seen wherever they stand") {
  std::vector<float> values(700, 1.5f);
  check(fk_all_finite(values.data(), values.size()) == 1);
  check(fk_all_finite(values.data(), 0) == 1);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (size_t at = 0; at < values.size(); at += 13) {
      values[at] = bad;
      check(fk_all_finite(values.data(), values.size()) == 0);
      values[at] = FLT_MAX;
    }
  }
};

law("an unknown instruction set is refused and the best stays") {
  const std::string best = fk_instruction_set();
  check(fk_force_instruction_set("abacus") == FK_INVALID);
  check(best == fk_instruction_set());
};
