// One vector index as JavaScript holds it: a handle whose memory V8 is told about.
#pragma once

#include <node_api.h>

#include <memory>
#include <unordered_set>

#include "kernel.h"
#include "mapping.h"

namespace franca {

struct Index {
  // Null once freed. Jobs, savers and loaders hold it too: it ends with the last of them, in whichever order
  // they are collected.
  std::shared_ptr<fk_index> kernel;
  uint32_t dimension = 0;
  // Mapped files that rows lie in: as long as the kernel itself, so that no job reads what was unmapped.
  std::shared_ptr<std::unordered_set<std::shared_ptr<Mapped>>> homes;
  // What V8 was last told this handle weighs.
  int64_t reported = 0;

  // Tells V8 what has changed, so that forgotten indexes are collected in time.
  void report(napi_env env);
};

// Adds createIndex, freeIndex, put, markDeleted, the counts and sizeBytes to `exports`.
void define_index(napi_env env, napi_value exports);
// Adds searchSync, search, build, repair, release.
void define_calls(napi_env env, napi_value exports);
// Adds mapFile, giveUpMapping, putMapped, borrow, hold, settle, leave.
void define_mapping(napi_env env, napi_value exports);
// Adds readCached.
void define_cached(napi_env env, napi_value exports);
// Adds readJsonSync, readJson.
void define_json(napi_env env, napi_value exports);
// Adds the checkpoint's functions.
void define_checkpoint(napi_env env, napi_value exports);

void define(napi_env env, napi_value exports, const char* name, napi_callback function);

}  // namespace franca
