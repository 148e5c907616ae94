#include "pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace franca {

std::shared_ptr<Pool> Pool::shared() {
  static std::mutex mutex;
  static std::weak_ptr<Pool> current;
  std::lock_guard<std::mutex> lock(mutex);
  std::shared_ptr<Pool> pool = current.lock();
  if (!pool) current = pool = std::make_shared<Pool>();
  return pool;
}

Pool::Pool() : capacity_(std::max<size_t>(1, std::thread::hardware_concurrency())) {}

Pool::~Pool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  posted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::post(std::function<void()> task) {
  std::lock_guard<std::mutex> lock(mutex_);
  // Threads are started as the work first needs them: many processes load the kernel and never search.
  if (tasks_.size() >= idle_ && threads_.size() < capacity_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // Fewer threads only make the queue longer; none at all could never answer.
      if (threads_.empty()) throw;
    }
  }
  tasks_.push_back(std::move(task));
  posted_.notify_one();
}

void Pool::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    idle_++;
    posted_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    idle_--;
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace franca
