// The Node-API addon: the C ABI of kernel.h for JavaScript, without opinions. Arguments are checked and errors
// worded by the TypeScript driver (src/engine/kernel/native.ts); statuses cross as numbers.
#include <node_api.h>

#include "arguments.h"
#include "index.h"
#include "jobs.h"
#include "kernel.h"

namespace franca {
namespace {

napi_value abi_version(napi_env env, napi_callback_info) { return number_value(env, fk_abi_version()); }

napi_value instruction_set(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_string_utf8(env, fk_instruction_set(), NAPI_AUTO_LENGTH, &result);
  return result;
}

// (seed, bytes)
napi_value crc32c(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const uint32_t seed = args.u32(0);
  size_t length = 0;
  const uint8_t* bytes = args.bytes(1, &length);
  return args.failed ? nullptr : number_value(env, fk_crc32c(seed, bytes, length));
}

// (bytes, rowBytes, checksums) → the first row that is short or differs from its checksum, or the number of rows
napi_value first_bad_row(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  size_t length = 0;
  const uint8_t* bytes = args.bytes(0, &length);
  const uint32_t row_bytes = args.u32(1);
  size_t rows = 0;
  const uint32_t* checksums = args.words(2, &rows);
  if (args.failed) return nullptr;
  size_t row = 0;
  while (row < rows && row_bytes <= length && row * row_bytes <= length - row_bytes &&
         fk_crc32c(0, bytes + row * row_bytes, row_bytes) == checksums[row]) {
    row++;
  }
  return number_value(env, static_cast<double>(row));
}

// (metric, a, b)
napi_value distance(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const fk_metric metric = static_cast<fk_metric>(args.u32(0));
  size_t a_length = 0;
  size_t b_length = 0;
  const float* a = args.floats(1, &a_length);
  const float* b = args.floats(2, &b_length);
  if (args.failed) return nullptr;
  if (a_length != b_length) {
    napi_throw_range_error(env, nullptr, "franca kernel: vectors of one length were expected");
    return nullptr;
  }
  return number_value(env, fk_distance_f32(metric, a, b, a_length));
}

napi_value init(napi_env env, napi_value exports) {
  if (Jobs::create(env) == nullptr) {
    napi_throw_error(env, nullptr, "franca kernel: the environment could not be prepared");
    return nullptr;
  }
  define(env, exports, "abiVersion", abi_version);
  define(env, exports, "instructionSet", instruction_set);
  define(env, exports, "crc32c", crc32c);
  define(env, exports, "firstBadRow", first_bad_row);
  define(env, exports, "distance", distance);
  define_index(env, exports);
  define_calls(env, exports);
  define_checkpoint(env, exports);
  define_mapping(env, exports);
  define_json(env, exports);
  define_cached(env, exports);
  return exports;
}

}  // namespace
}  // namespace franca

NAPI_MODULE_INIT() { return franca::init(env, exports); }
