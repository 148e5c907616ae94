// Reading JavaScript arguments. The TypeScript driver has checked them already; what is checked again here is
// only what would otherwise touch memory that is not ours.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace franca {

struct Index;

constexpr size_t kMaxArguments = 12;

struct Arguments {
  Arguments(napi_env env, napi_callback_info info);

  // Each returns a zero value and leaves a JavaScript exception pending when the argument is of another kind.
  uint32_t u32(size_t i);
  double number(size_t i);
  Index* index(size_t i);
  void* external(size_t i);
  bool absent(size_t i) const;
  std::string text(size_t i);

  template <typename T>
  T* array(size_t i, napi_typedarray_type type, size_t* length) {
    return static_cast<T*>(typed_array(i, type, length));
  }
  float* floats(size_t i, size_t* length) { return array<float>(i, napi_float32_array, length); }
  uint32_t* words(size_t i, size_t* length) { return array<uint32_t>(i, napi_uint32_array, length); }
  uint8_t* bytes(size_t i, size_t* length) { return array<uint8_t>(i, napi_uint8_array, length); }

  bool failed = false;
  napi_env env;
  size_t count = kMaxArguments;
  napi_value values[kMaxArguments];

 private:
  void* typed_array(size_t i, napi_typedarray_type type, size_t* length);
  void fail(const char* message);
};

napi_value number_value(napi_env env, double value);

}  // namespace franca
