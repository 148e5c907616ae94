// Calls that leave the JavaScript thread and come back as a settled promise.
#pragma once

#include <node_api.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "kernel.h"
#include "pool.h"

namespace franca {

struct Job {
  // Part 0 ... parts - 1 of the work, each on whichever thread is free. Returns the part's status.
  std::function<fk_status(uint32_t part)> work;
  // On the JavaScript thread, once every part is done and before the promise settles.
  std::function<void(napi_env)> finish;
  uint32_t parts = 1;
  // True: a thread of its own. A build may run for an hour and must not keep searches waiting.
  bool own_thread = false;
  // In the caller's memory, or `own_control`. Set at teardown to end the work early.
  fk_control* control = nullptr;
  fk_control own_control{};

  std::atomic<uint32_t> parts_left{1};
  std::atomic<int> status{FK_OK};
  std::thread thread;
  napi_deferred deferred = nullptr;
  // Everything the work reads and writes in JavaScript's memory, so that none of it is collected meanwhile.
  napi_ref keep = nullptr;
};

// The jobs of one environment (the main thread or one worker).
class Jobs {
 public:
  // Null when the environment refuses; it then has an exception pending.
  static Jobs* create(napi_env env);
  static Jobs* of(napi_env env);

  size_t capacity() const { return pool_->capacity(); }
  // Starts the job; the promise resolves to its fk_status. `kept` stays alive until then.
  napi_value start(napi_env env, std::unique_ptr<Job> job, const napi_value* kept, size_t kept_count);

 private:
  static void settle(napi_env env, napi_value, void* jobs, void*);
  static void teardown(void* jobs);
  void launch(Job* job);
  void run_part(Job* job, uint32_t part);
  void complete(Job* job);

  std::shared_ptr<Pool> pool_;
  napi_threadsafe_function wake_ = nullptr;
  std::mutex mutex_;
  std::condition_variable completed_;
  std::unordered_set<Job*> running_;
  std::vector<Job*> finished_;
  std::atomic<bool> closing_{false};
};

}  // namespace franca
