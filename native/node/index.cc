#include "index.h"

#include "arguments.h"

namespace franca {
namespace {

void finalize(napi_env env, void* data, void*) {
  Index* index = static_cast<Index*>(data);
  index->kernel = nullptr;
  index->report(env);
  delete index;
}

// (dimension, metric, m, efConstruction, seed) → handle, or the status as a number when it is refused.
napi_value create_index(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  fk_index_options options{};
  options.dimension = args.u32(0);
  options.metric = args.u32(1);
  options.m = args.u32(2);
  options.ef_construction = args.u32(3);
  options.seed = static_cast<uint64_t>(args.number(4));
  if (args.failed) return nullptr;
  fk_index* kernel = nullptr;
  const fk_status status = fk_index_create(&options, &kernel);
  if (status != FK_OK) return number_value(env, status);
  auto homes = std::make_shared<std::unordered_set<std::shared_ptr<Mapped>>>();
  auto free_it = [homes](fk_index* freed) { fk_index_free(freed); };
  Index* index = new Index{std::shared_ptr<fk_index>(kernel, free_it), options.dimension, homes, 0};
  napi_value handle;
  if (napi_create_external(env, index, finalize, nullptr, &handle) != napi_ok) {
    delete index;
    return nullptr;
  }
  index->report(env);
  return handle;
}

napi_value free_index(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  if (args.failed) return nullptr;
  index->kernel = nullptr;
  index->homes = nullptr;
  index->report(env);
  return nullptr;
}

// (handle, firstSlot, vectors) → status
napi_value put(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  const uint32_t first_slot = args.u32(1);
  size_t length = 0;
  const float* vectors = args.floats(2, &length);
  if (args.failed) return nullptr;
  const fk_status status = fk_index_put(index->kernel.get(), first_slot, vectors, length / index->dimension);
  index->report(env);
  return number_value(env, status);
}

napi_value mark_deleted(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  const uint32_t slot = args.u32(1);
  if (args.failed) return nullptr;
  return number_value(env, fk_index_set_deleted(index->kernel.get(), slot));
}

// (handle) → one of the kernel's counts
template <uint32_t (*Count)(const fk_index*)>
napi_value count(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  return args.failed ? nullptr : number_value(env, Count(index->kernel.get()));
}

napi_value size_bytes(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  return args.failed ? nullptr : number_value(env, static_cast<double>(fk_index_bytes(index->kernel.get())));
}

}  // namespace

void Index::report(napi_env env) {
  const int64_t bytes = kernel == nullptr ? 0 : static_cast<int64_t>(fk_index_bytes(kernel.get()));
  if (bytes == reported) return;
  int64_t total;
  napi_adjust_external_memory(env, bytes - reported, &total);
  reported = bytes;
}

void define(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

void define_index(napi_env env, napi_value exports) {
  define(env, exports, "createIndex", create_index);
  define(env, exports, "freeIndex", free_index);
  define(env, exports, "put", put);
  define(env, exports, "markDeleted", mark_deleted);
  define(env, exports, "slots", count<fk_index_slots>);
  define(env, exports, "indexed", count<fk_index_indexed>);
  define(env, exports, "pending", count<fk_index_pending>);
  define(env, exports, "deletedInGraph", count<fk_index_deleted_in_graph>);
  define(env, exports, "sizeBytes", size_bytes);
}

}  // namespace franca
