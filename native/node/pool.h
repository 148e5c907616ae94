// The threads that answer searches: the kernel's own, so that a busy kernel never holds up the file system
// calls and name lookups that wait in libuv's pool.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace franca {

class Pool {
 public:
  // One pool a process. It ends with the last environment that holds it: a worker that leaves may unload the
  // addon's code, and no thread may still be running it then.
  static std::shared_ptr<Pool> shared();

  Pool();
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  size_t capacity() const { return capacity_; }
  // Throws std::system_error when not even one thread can be had.
  void post(std::function<void()> task);

 private:
  void work();

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace franca
