// Reading bodies of JSON: small ones on the calling thread, large ones as jobs.
#include <cstring>
#include <memory>

#include "arguments.h"
#include "index.h"
#include "jobs.h"

namespace franca {
namespace {

using Json = std::shared_ptr<fk_json>;

// What is smaller is copied: an array buffer over foreign memory costs more than that.
constexpr size_t kLent = 1 << 16;

struct Reading {
  const char* body = nullptr;
  size_t bytes = 0;
  const char* names = nullptr;
  size_t name_bytes = 0;
  uint32_t max_depth = 0;
  uint32_t piece_bytes = 0;

  // (body, names, maxDepth, pieceBytes, answer, ...)
  explicit Reading(Arguments& args) {
    body = reinterpret_cast<const char*>(args.bytes(0, &bytes));
    names = reinterpret_cast<const char*>(args.bytes(1, &name_bytes));
    max_depth = args.u32(2);
    piece_bytes = args.u32(3);
  }

  fk_status run(Json* out) const {
    fk_json* json = nullptr;
    const fk_status status = fk_json_read(body, bytes, names, name_bytes, max_depth, piece_bytes, &json);
    *out = Json(json, [](fk_json* freed) { if (freed != nullptr) fk_json_free(freed); });
    return status;
  }
};

napi_value buffer_of(napi_env env, const Json& json, const void* data, size_t bytes) {
  napi_value buffer;
  if (bytes >= kLent) {
    auto* held = new Json(json);
    auto release = [](napi_env, void*, void* hint) { delete static_cast<Json*>(hint); };
    if (napi_create_external_arraybuffer(env, const_cast<void*>(data), bytes, release, held, &buffer) == napi_ok) return buffer;
    delete held;
  }
  void* copy = nullptr;
  if (napi_create_arraybuffer(env, bytes, &copy, &buffer) != napi_ok) return nullptr;
  if (bytes > 0) std::memcpy(copy, data, bytes);
  return buffer;
}

void set_number(napi_env env, napi_value answer, uint32_t i, double value) {
  napi_set_element(env, answer, i, number_value(env, value));
}

// answer: [fault, faultAt, text, floats, places, keys, lists, pieces], the last four absent when there is nothing in them
void write(napi_env env, const Json& json, napi_value answer) {
  fk_json_view view;
  fk_json_parts(json.get(), &view);
  set_number(env, answer, 0, view.fault);
  set_number(env, answer, 1, static_cast<double>(view.fault_at));
  if (view.fault != FK_JSON_WELL) return;
  napi_value text;
  if (napi_create_string_utf8(env, view.text, view.text_bytes, &text) != napi_ok) return;
  napi_set_element(env, answer, 2, text);
  const struct {
    const void* data;
    size_t bytes;
  } buffers[] = {{view.floats, view.float_count * sizeof(float)},
                 {view.places, view.place_words * sizeof(uint32_t)},
                 {view.keys, view.key_words * sizeof(uint32_t)},
                 {view.lists, view.list_words * sizeof(uint32_t)},
                 {view.pieces, view.piece_bytes}};
  for (uint32_t i = 0; i < 5; i++) {
    if (buffers[i].bytes == 0) continue;
    napi_value buffer = buffer_of(env, json, buffers[i].data, buffers[i].bytes);
    if (buffer != nullptr) napi_set_element(env, answer, 3 + i, buffer);
  }
}

napi_value read_json_sync(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const Reading reading(args);
  if (args.failed) return nullptr;
  Json json;
  const fk_status status = reading.run(&json);
  if (status == FK_OK) write(env, json, args.values[4]);
  return number_value(env, status);
}

// The same on a thread of its own, so that no search waits for one → Promise of the status
napi_value read_json(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const Reading reading(args);
  if (args.failed) return nullptr;
  napi_ref answer;
  if (napi_create_reference(env, args.values[4], 1, &answer) != napi_ok) return nullptr;
  auto json = std::make_shared<Json>();
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->work = [reading, json](uint32_t) { return reading.run(json.get()); };
  job->finish = [json, answer](napi_env finish_env) {
    napi_value target;
    if (*json && napi_get_reference_value(finish_env, answer, &target) == napi_ok) write(finish_env, *json, target);
    napi_delete_reference(finish_env, answer);
  };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

}  // namespace

void define_json(napi_env env, napi_value exports) {
  define(env, exports, "readJsonSync", read_json_sync);
  define(env, exports, "readJson", read_json);
}

}  // namespace franca
