// The graph's checkpoint: pulled out and pushed in by pieces.
#include "arguments.h"
#include "index.h"
#include "jobs.h"

namespace franca {
namespace {

// A saver or loader that JavaScript holds. Collected without its end, it gives back what it holds.
struct Transfer {
  std::shared_ptr<fk_index> index;
  fk_saver* saver = nullptr;
  fk_loader* loader = nullptr;
};

void finalize(napi_env, void* data, void*) {
  Transfer* transfer = static_cast<Transfer*>(data);
  if (transfer->saver != nullptr) fk_index_save_end(transfer->saver);
  if (transfer->loader != nullptr) fk_index_load_end(transfer->loader, 0, 1);
  delete transfer;
}

napi_value handle_of(napi_env env, Transfer transfer) {
  napi_value handle;
  napi_create_external(env, new Transfer(transfer), finalize, nullptr, &handle);
  return handle;
}

// (handle) → saver, or the status as a number
napi_value save_begin(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  if (args.failed) return nullptr;
  Transfer transfer{index->kernel};
  const fk_status status = fk_index_save_begin(index->kernel.get(), &transfer.saver);
  return status == FK_OK ? handle_of(env, transfer) : number_value(env, status);
}

// (saver, buffer) → bytes written (0: the end), or minus the status
napi_value save_read(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Transfer* transfer = static_cast<Transfer*>(args.external(0));
  size_t capacity = 0;
  uint8_t* buffer = args.bytes(1, &capacity);
  if (args.failed) return nullptr;
  size_t length = 0;
  const fk_status status = fk_index_save_read(transfer->saver, buffer, capacity, &length);
  return number_value(env, status == FK_OK ? static_cast<double>(length) : -static_cast<double>(status));
}

napi_value save_end(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Transfer* transfer = static_cast<Transfer*>(args.external(0));
  if (args.failed) return nullptr;
  if (transfer->saver != nullptr) fk_index_save_end(transfer->saver);
  transfer->saver = nullptr;
  return nullptr;
}

// (handle) → loader, or the status as a number
napi_value load_begin(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  if (args.failed) return nullptr;
  Transfer transfer{index->kernel};
  const fk_status status = fk_index_load_begin(index->kernel.get(), &transfer.loader);
  return status == FK_OK ? handle_of(env, transfer) : number_value(env, status);
}

// (loader, bytes) → Promise of the status. The bytes must not change until it settles.
napi_value load_write(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Transfer* transfer = static_cast<Transfer*>(args.external(0));
  size_t length = 0;
  const uint8_t* bytes = args.bytes(1, &length);
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->work = [loader = transfer->loader, kernel = transfer->index, bytes, length](uint32_t) {
    return fk_index_load_write(loader, bytes, length);
  };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

// (loader, handle, threads) → Promise of the status. Checks and encodes everything, so it has a thread of its own.
napi_value load_commit(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Transfer* transfer = static_cast<Transfer*>(args.external(0));
  Index* index = args.index(1);
  const uint32_t threads = args.u32(2);
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->work = [loader = transfer->loader, kernel = transfer->index, threads](uint32_t) {
    return fk_index_load_end(loader, 1, threads);
  };
  transfer->loader = nullptr;
  job->finish = [index](napi_env finish_env) { index->report(finish_env); };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

// (loader): gives up what was written so far
napi_value load_abandon(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Transfer* transfer = static_cast<Transfer*>(args.external(0));
  if (args.failed) return nullptr;
  if (transfer->loader != nullptr) fk_index_load_end(transfer->loader, 0, 1);
  transfer->loader = nullptr;
  return nullptr;
}

}  // namespace

void define_checkpoint(napi_env env, napi_value exports) {
  define(env, exports, "saveBegin", save_begin);
  define(env, exports, "saveRead", save_read);
  define(env, exports, "saveEnd", save_end);
  define(env, exports, "loadBegin", load_begin);
  define(env, exports, "loadWrite", load_write);
  define(env, exports, "loadCommit", load_commit);
  define(env, exports, "loadAbandon", load_abandon);
}

}  // namespace franca
