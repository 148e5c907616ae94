#include "jobs.h"

#include <new>
#include <system_error>
#include <utility>

namespace franca {
namespace {

void cancel(fk_control* control) { __atomic_store_n(&control->cancel, 1u, __ATOMIC_SEQ_CST); }

}  // namespace

Jobs* Jobs::create(napi_env env) {
  auto jobs = std::make_unique<Jobs>();
  jobs->pool_ = Pool::shared();
  napi_value name;
  if (napi_create_string_utf8(env, "franca kernel", NAPI_AUTO_LENGTH, &name) != napi_ok) return nullptr;
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, jobs.get(), settle,
                                      &jobs->wake_) != napi_ok) {
    return nullptr;
  }
  // Only running jobs keep the process alive.
  napi_unref_threadsafe_function(env, jobs->wake_);
  napi_set_instance_data(env, jobs.get(), [](napi_env, void* data, void*) { delete static_cast<Jobs*>(data); }, nullptr);
  // After the wake function's own hook was added, so before it in the order of teardown (last in, first out).
  napi_add_env_cleanup_hook(env, teardown, jobs.get());
  return jobs.release();
}

Jobs* Jobs::of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Jobs*>(data);
}

napi_value Jobs::start(napi_env env, std::unique_ptr<Job> owned, const napi_value* kept, size_t kept_count) {
  Job* job = owned.get();
  napi_value promise;
  napi_value keep;
  if (napi_create_array_with_length(env, kept_count, &keep) != napi_ok) return nullptr;
  for (size_t i = 0; i < kept_count; i++) napi_set_element(env, keep, static_cast<uint32_t>(i), kept[i]);
  if (napi_create_reference(env, keep, 1, &job->keep) != napi_ok) return nullptr;
  if (napi_create_promise(env, &job->deferred, &promise) != napi_ok) return nullptr;
  if (job->control == nullptr) job->control = &job->own_control;
  job->parts_left = job->parts;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (running_.empty()) napi_ref_threadsafe_function(env, wake_);
    running_.insert(job);
  }
  launch(owned.release());
  return promise;
}

void Jobs::launch(Job* job) {
  uint32_t started = 0;
  try {
    if (job->own_thread) {
      // Under the lock, so that the thread cannot be joined before this assignment is done.
      std::lock_guard<std::mutex> lock(mutex_);
      job->thread = std::thread([this, job] { run_part(job, 0); });
      return;
    }
    const uint32_t parts = job->parts;  // the job may be gone once its last part was posted
    for (; started < parts; started++) {
      const uint32_t part = started;
      pool_->post([this, job, part] { run_part(job, part); });
    }
  } catch (const std::exception&) {
    // No thread or no memory for the queue: the parts that never started fail here, the others run on.
    job->status = FK_NO_MEMORY;
    const uint32_t missing = job->parts - started;
    if (job->parts_left.fetch_sub(missing) == missing) complete(job);
  }
}

void Jobs::run_part(Job* job, uint32_t part) {
  int status = FK_CANCELLED;
  // One that was cancelled while it waited for a thread is not begun.
  if (!closing_ && !__atomic_load_n(&job->control->cancel, __ATOMIC_RELAXED)) status = job->work(part);
  if (status != FK_OK) {
    int none = FK_OK;
    job->status.compare_exchange_strong(none, status);
  }
  if (job->parts_left.fetch_sub(1) == 1) complete(job);
}

void Jobs::complete(Job* job) {
  std::lock_guard<std::mutex> lock(mutex_);
  finished_.push_back(job);
  // One wake-up settles all that finished until it runs.
  if (finished_.size() == 1 && !closing_) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  completed_.notify_all();
}

void Jobs::settle(napi_env env, napi_value, void* data, void*) {
  if (env == nullptr) return;  // teardown has taken over
  Jobs* jobs = static_cast<Jobs*>(data);
  std::vector<Job*> finished;
  {
    std::lock_guard<std::mutex> lock(jobs->mutex_);
    finished.swap(jobs->finished_);
    for (Job* job : finished) jobs->running_.erase(job);
    if (jobs->running_.empty()) napi_unref_threadsafe_function(env, jobs->wake_);
  }
  for (Job* job : finished) {
    std::unique_ptr<Job> owned(job);
    if (job->thread.joinable()) job->thread.join();
    if (job->finish) job->finish(env);
    napi_value status;
    napi_create_int32(env, job->status, &status);
    napi_resolve_deferred(env, job->deferred, status);
    napi_delete_reference(env, job->keep);
  }
}

void Jobs::teardown(void* data) {
  Jobs* jobs = static_cast<Jobs*>(data);
  std::vector<Job*> finished;
  {
    std::unique_lock<std::mutex> lock(jobs->mutex_);
    jobs->closing_ = true;
    for (Job* job : jobs->running_) cancel(job->control);
    // The typed arrays that the work writes to die with the environment, so it must be over before.
    jobs->completed_.wait(lock, [jobs] { return jobs->finished_.size() == jobs->running_.size(); });
    finished.swap(jobs->finished_);
    jobs->running_.clear();
  }
  for (Job* job : finished) {
    if (job->thread.joinable()) job->thread.join();
    delete job;
  }
  jobs->pool_.reset();
}

}  // namespace franca
