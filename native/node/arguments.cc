#include "arguments.h"

#include "index.h"

namespace franca {

Arguments::Arguments(napi_env e, napi_callback_info info) : env(e) {
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
}

void Arguments::fail(const char* message) {
  if (!failed) napi_throw_type_error(env, nullptr, message);
  failed = true;
}

uint32_t Arguments::u32(size_t i) {
  uint32_t value = 0;
  if (napi_get_value_uint32(env, values[i], &value) != napi_ok) fail("franca kernel: a number was expected");
  return value;
}

double Arguments::number(size_t i) {
  double value = 0;
  if (napi_get_value_double(env, values[i], &value) != napi_ok) fail("franca kernel: a number was expected");
  return value;
}

void* Arguments::external(size_t i) {
  void* data = nullptr;
  if (napi_get_value_external(env, values[i], &data) != napi_ok) fail("franca kernel: a handle was expected");
  return data;
}

Index* Arguments::index(size_t i) {
  Index* index = static_cast<Index*>(external(i));
  if (index != nullptr && index->kernel == nullptr) fail("franca kernel: the index was freed");
  return index;
}

std::string Arguments::text(size_t i) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, values[i], nullptr, 0, &length) != napi_ok) {
    fail("franca kernel: a string was expected");
    return {};
  }
  std::string result(length, '\0');
  napi_get_value_string_utf8(env, values[i], result.data(), length + 1, &length);
  return result;
}

bool Arguments::absent(size_t i) const {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, values[i], &type);
  return type == napi_undefined;
}

void* Arguments::typed_array(size_t i, napi_typedarray_type wanted, size_t* length) {
  napi_typedarray_type type;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, values[i], &type, length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
    *length = 0;
    fail("franca kernel: a typed array of another kind was expected");
    return nullptr;
  }
  return data;
}

napi_value number_value(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

}  // namespace franca
