// Vectors to test and measure with, naive answers to compare with, and an index that frees itself.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "../include/kernel.h"

namespace test {

using Random = std::mt19937_64;

inline float normal(Random &random) {
  static thread_local std::normal_distribution<float> distribution;
  return distribution(random);
}
inline float uniform(Random &random, float from, float to) {
  return from + (to - from) * float(random() >> 40) / float(1 << 24);
}

struct Vectors {
  size_t n = 0, dimension = 0;
  std::vector<float> values;
  const float *row(size_t i) const { return values.data() + i * dimension; }
};

// Vectors like those of embedding models: a mixture of anisotropic Gaussians in 48 dimensions (weights falling with rank to the
// power -0.6), through one random tanh layer to the full dimension, with a common offset and noise, at unit length.
class Embeddings {
 public:
  Embeddings(size_t dimension, size_t clusters = 1000, uint64_t seed = 7) : dimension_(dimension), random_(seed) {
    centers_.resize(clusters * kInner);
    spreads_.resize(clusters * kInner);
    for (auto &x : centers_) x = normal(random_);
    for (auto &x : spreads_) x = 0.8f * uniform(random_, 0.4f, 1.6f);
    double total = 0;
    for (size_t c = 0; c < clusters; c++) weights_.push_back(total += std::pow(double(c + 1), -0.6));
    hidden_.resize(kHidden * kInner);
    for (auto &x : hidden_) x = normal(random_) / std::sqrt(float(kInner));
    out_.resize(dimension * kHidden);
    for (auto &x : out_) x = normal(random_) / std::sqrt(float(kHidden));
    offset_.resize(dimension);
    for (auto &x : offset_) x = 0.3f * normal(random_);
  }

  Vectors make(size_t n) {
    Vectors vectors{n, dimension_, std::vector<float>(n * dimension_)};
    std::vector<float> inner(kInner), hidden(kHidden);
    for (size_t i = 0; i < n; i++) {
      const double pick = double(random_() >> 11) / double(1ull << 53) * weights_.back();
      const size_t c = size_t(std::lower_bound(weights_.begin(), weights_.end(), pick) - weights_.begin());
      for (size_t j = 0; j < kInner; j++) inner[j] = centers_[c * kInner + j] + spreads_[c * kInner + j] * normal(random_);
      for (size_t h = 0; h < kHidden; h++) {
        float sum = 0;
        for (size_t j = 0; j < kInner; j++) sum += hidden_[h * kInner + j] * inner[j];
        hidden[h] = std::tanh(sum);
      }
      float *row = vectors.values.data() + i * dimension_;
      double square = 0;
      for (size_t d = 0; d < dimension_; d++) {
        float sum = 0;
        for (size_t h = 0; h < kHidden; h++) sum += out_[d * kHidden + h] * hidden[h];
        row[d] = sum + offset_[d] + 0.2f * normal(random_);
        square += double(row[d]) * row[d];
      }
      for (size_t d = 0; d < dimension_; d++) row[d] = float(row[d] / std::sqrt(square));
    }
    return vectors;
  }

 private:
  static constexpr size_t kInner = 48, kHidden = 192;
  size_t dimension_;
  Random random_;
  std::vector<float> centers_, spreads_, hidden_, out_, offset_;
  std::vector<double> weights_;
};

inline double naive_distance(fk_metric metric, const float *a, const float *b, size_t n) {
  double dot = 0, aa = 0, bb = 0, square = 0, sum = 0;
  for (size_t i = 0; i < n; i++) {
    const double x = a[i], y = b[i];
    dot += x * y;
    aa += x * x;
    bb += y * y;
    square += (x - y) * (x - y);
    sum += std::fabs(x - y);
  }
  if (metric == FK_DOT) return -dot;
  if (metric == FK_EUCLIDEAN) return std::sqrt(square);
  if (metric == FK_MANHATTAN) return sum;
  return aa == 0 || bb == 0 ? 1 : 1 - dot / std::sqrt(aa) / std::sqrt(bb);
}

struct FreeIndex {
  void operator()(fk_index *index) const { fk_index_free(index); }
};
using Index = std::unique_ptr<fk_index, FreeIndex>;

inline Index make_index(uint32_t dimension, fk_metric metric, uint32_t m = 16, uint32_t ef_construction = 200,
                        uint64_t seed = 42) {
  const fk_index_options options{dimension, uint32_t(metric), m, ef_construction, seed};
  fk_index *index = nullptr;
  if (fk_index_create(&options, &index) != FK_OK) return nullptr;
  return Index(index);
}

struct Answer {
  fk_status status = FK_OK;
  std::vector<uint32_t> slots;
  std::vector<float> distances;
  fk_search_stats stats{};
};

inline Answer search(const fk_index *index, const float *query, uint32_t k, uint32_t ef = 64, fk_mode mode = FK_AUTO,
                     const std::vector<uint32_t> *allow = nullptr) {
  Answer answer;
  answer.slots.resize(k);
  answer.distances.resize(k);
  uint32_t count = 0;
  const fk_search_params params{k, ef, uint32_t(mode), 0, 0, allow ? allow->data() : nullptr, allow ? allow->size() : 0, 0, 0, 0, 0};
  answer.status = fk_index_search(index, &params, query, 1, answer.slots.data(), answer.distances.data(), &count,
                                  &answer.stats, nullptr);
  answer.slots.resize(count);
  answer.distances.resize(count);
  return answer;
}

// The part of the k nearest (by the exact scan) that a search finds; an answer as near as the k-th counts.
inline double recall(const fk_index *index, const Vectors &queries, uint32_t k, uint32_t ef,
                     const std::vector<uint32_t> *allow = nullptr) {
  size_t found = 0, wanted = 0;
  for (size_t q = 0; q < queries.n; q++) {
    const Answer truth = search(index, queries.row(q), k, ef, FK_EXACT, allow);
    const Answer answer = search(index, queries.row(q), k, ef, FK_AUTO, allow);
    if (truth.slots.empty()) continue;
    for (const float distance : answer.distances) found += distance <= truth.distances.back();
    wanted += truth.slots.size();
  }
  return wanted ? double(found) / double(wanted) : 1;
}

inline std::vector<uint8_t> save(fk_index *index, size_t piece = 1 << 20) {
  std::vector<uint8_t> bytes;
  fk_saver *saver = nullptr;
  if (fk_index_save_begin(index, &saver) != FK_OK) return bytes;
  std::vector<uint8_t> buffer(piece);
  for (size_t length = 1; length;) {
    if (fk_index_save_read(saver, buffer.data(), piece, &length) != FK_OK) break;
    bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + std::ptrdiff_t(length));
  }
  fk_index_save_end(saver);
  return bytes;
}

inline fk_status load(fk_index *index, const uint8_t *bytes, size_t length, size_t piece = 1 << 20) {
  fk_loader *loader = nullptr;
  if (fk_index_load_begin(index, &loader) != FK_OK) return FK_NO_MEMORY;
  for (size_t at = 0; at < length; at += piece) fk_index_load_write(loader, bytes + at, std::min(piece, length - at));
  return fk_index_load_end(loader, 1, 2);
}

}  // namespace test
