// Searches, builds and repairs: on the calling thread, or as jobs.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <memory>

#include "arguments.h"
#include "index.h"
#include "jobs.h"

namespace franca {
namespace {

// The answer is one block, so that one typed array crosses instead of four: the statistics as doubles
// (in the order of fk_search_stats), then n × k slots, n × k distances, n counts.
constexpr size_t kStats = sizeof(fk_search_stats) / sizeof(uint64_t);
constexpr size_t kStatsBytes = kStats * sizeof(double);
using Stats = std::array<uint64_t, kStats>;
static_assert(sizeof(Stats) == sizeof(fk_search_stats));

struct Search {
  std::shared_ptr<fk_index> index;
  uint32_t dimension = 0;
  fk_search_params params{};
  const float* queries = nullptr;
  size_t n = 0;
  uint8_t* out = nullptr;

  fk_status run(size_t from, size_t to, fk_search_stats* stats, fk_control* control) const {
    const size_t k = params.k;
    uint32_t* slots = reinterpret_cast<uint32_t*>(out + kStatsBytes);
    float* distances = reinterpret_cast<float*>(slots + n * k);
    uint32_t* counts = reinterpret_cast<uint32_t*>(distances + n * k);
    return fk_index_search(index.get(), &params, queries + from * dimension, to - from, slots + from * k,
                           distances + from * k, counts + from, stats, control);
  }

  void write(const Stats& stats) const {
    double values[kStats];
    std::copy(stats.begin(), stats.end(), values);
    std::memcpy(out, values, kStatsBytes);
  }
};

// (handle, queries, k, ef, mode, allow | undefined, out, budget, expected, ...)
bool read_search(Arguments& args, Search* search) {
  Index* index = args.index(0);
  size_t floats = 0;
  size_t bytes = 0;
  search->queries = args.floats(1, &floats);
  search->params.k = args.u32(2);
  search->params.ef = args.u32(3);
  search->params.mode = args.u32(4);
  if (!args.absent(5)) {
    // A typed array of no length has no address, but for the kernel none means "all are allowed".
    static const uint32_t nothing = 0;
    search->params.allow = args.words(5, &search->params.allow_words);
    if (search->params.allow == nullptr) search->params.allow = &nothing;
  }
  search->out = args.bytes(6, &bytes);
  search->params.budget = args.u32(7);
  search->params.expected = static_cast<float>(args.number(8));
  if (args.failed) return false;
  search->index = index->kernel;
  search->dimension = index->dimension;
  search->n = floats / index->dimension;
  const size_t wanted = kStatsBytes + 4 * search->n * (2 * static_cast<size_t>(search->params.k) + 1);
  if (bytes != wanted || reinterpret_cast<uintptr_t>(search->out) % alignof(double) != 0) {
    napi_throw_range_error(args.env, nullptr, "franca kernel: the answer's block does not fit k and the queries");
    return false;
  }
  return true;
}

napi_value search_sync(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Search search;
  if (!read_search(args, &search)) return nullptr;
  fk_search_stats stats{};
  const fk_status status = search.run(0, search.n, &stats, nullptr);
  search.write(std::bit_cast<Stats>(stats));
  return number_value(env, status);
}

// (..., control) → Promise of the status
napi_value search_async(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  struct State {
    Search search;
    std::array<std::atomic<uint64_t>, kStats> sums{};
  };
  auto state = std::make_shared<State>();
  if (!read_search(args, &state->search)) return nullptr;
  size_t control_words = 0;
  uint32_t* control = args.words(9, &control_words);
  if (args.failed || control_words < 2) return nullptr;

  Jobs* jobs = Jobs::of(env);
  auto job = std::make_unique<Job>();
  job->control = reinterpret_cast<fk_control*>(control);
  job->parts = static_cast<uint32_t>(std::max<size_t>(1, std::min(state->search.n, jobs->capacity())));
  job->work = [state, parts = job->parts, control = job->control](uint32_t part) {
    const size_t n = state->search.n;
    fk_search_stats stats{};
    const fk_status status = state->search.run(n * part / parts, n * (part + 1) / parts, &stats, control);
    const auto values = std::bit_cast<Stats>(stats);
    for (size_t i = 0; i < kStats; i++) state->sums[i] += values[i];
    return status;
  };
  job->finish = [state](napi_env) {
    Stats stats;
    std::copy(state->sums.begin(), state->sums.end(), stats.begin());
    state->search.write(stats);
  };
  return jobs->start(env, std::move(job), args.values, 10);
}

using GraphWork = fk_status (*)(fk_index* index, uint32_t most, uint32_t threads, fk_control* control);

// (handle, threads, control) → Promise of the status
template <GraphWork Work>
napi_value graph_work(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  const uint32_t threads = args.u32(1);
  size_t control_words = 0;
  uint32_t* control = args.words(2, &control_words);
  if (args.failed || control_words < 2) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->control = reinterpret_cast<fk_control*>(control);
  job->work = [kernel = index->kernel, threads, control = job->control](uint32_t) {
    return Work(kernel.get(), 0, threads, control);
  };
  job->finish = [index](napi_env finish_env) { index->report(finish_env); };
  return Jobs::of(env)->start(env, std::move(job), args.values, 3);
}

// (handle, slots) → Promise of the status. It waits for searches, so it has a thread of its own.
napi_value release(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  size_t count = 0;
  const uint32_t* slots = args.words(1, &count);
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->work = [kernel = index->kernel, slots, count](uint32_t) { return fk_index_release(kernel.get(), slots, count); };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

}  // namespace

void define_calls(napi_env env, napi_value exports) {
  define(env, exports, "searchSync", search_sync);
  define(env, exports, "search", search_async);
  define(env, exports, "build", graph_work<fk_index_build>);
  define(env, exports, "repair", graph_work<fk_index_repair>);
  define(env, exports, "release", release);
}

}  // namespace franca
