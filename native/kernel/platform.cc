// The one file that knows the operating system; see platform.h.
#include "platform.h"

#include <cstdlib>
#include <cstring>
#include <new>

#ifndef FK_NO_THREADS
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>
#endif
#endif
#ifndef _WIN32
#include <time.h>
#endif

namespace franca {

#ifdef _WIN32
uint64_t now_nanoseconds() {
  LARGE_INTEGER now, frequency;
  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&frequency);
  return uint64_t(double(now.QuadPart) * 1e9 / double(frequency.QuadPart));
}
#else
uint64_t now_nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1'000'000'000 + uint64_t(now.tv_nsec);
}
#endif

#ifdef FK_NO_THREADS

void *map_pages(size_t bytes, size_t) {
  void *pages = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (pages) memset(pages, 0, bytes);
  return pages;
}

void unmap_pages(void *pages, size_t) { free(pages); }

void discard_pages(void *, size_t) {}

size_t resident_bytes(size_t mapped, size_t) { return mapped; }

void run_parallel(uint32_t threads, void (*work)(void *, uint32_t), void *context) {
  for (uint32_t thread = 0; thread < threads; thread++) work(context, thread);
}

void wait_a_moment(uint32_t) {}

#else

size_t resident_bytes(size_t mapped, size_t touched) {
  const size_t whole_pages = (touched + 4095) / 4096 * 4096;
  return whole_pages < mapped ? whole_pages : mapped;
}

namespace {

// The whole pages inside [start, start + bytes); false when there is none.
bool whole_pages(void *start, size_t bytes, size_t page, void **first, size_t *length) {
  const auto from = (reinterpret_cast<uintptr_t>(start) + page - 1) / page * page;
  const auto to = (reinterpret_cast<uintptr_t>(start) + bytes) / page * page;
  *first = reinterpret_cast<void *>(from);
  *length = to - from;
  return to > from;
}

struct Share {
  void (*work)(void *, uint32_t);
  void *context;
  uint32_t thread;
};
}  // namespace

#ifdef _WIN32

void *map_pages(size_t bytes, size_t) { return VirtualAlloc(nullptr, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE); }

void unmap_pages(void *pages, size_t) {
  if (pages) VirtualFree(pages, 0, MEM_RELEASE);
}

void discard_pages(void *start, size_t bytes) {
  void *first;
  size_t length;
  if (whole_pages(start, bytes, kPageBytes, &first, &length)) VirtualAlloc(first, length, MEM_RESET, PAGE_READWRITE);
}

static DWORD WINAPI run_share(void *argument) {
  auto *share = static_cast<Share *>(argument);
  share->work(share->context, share->thread);
  return 0;
}

using Thread = HANDLE;
static bool start(Thread *thread, Share *share) {
  return (*thread = CreateThread(nullptr, 0, run_share, share, 0, nullptr)) != nullptr;
}
static void join(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}
static void give_core_away(bool long_wait) {
  if (long_wait) Sleep(1);
  else SwitchToThread();
}

#else

void *map_pages(size_t bytes, size_t small_bytes) {
  constexpr size_t huge = size_t(2) << 20;
  const size_t slack = bytes > huge ? huge : 0;  // huge pages need their own alignment
  void *mapped = mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  if (!slack) return mapped;
  auto *start = static_cast<char *>(mapped);
  const size_t before = (huge - reinterpret_cast<uintptr_t>(start) % huge) % huge;
  if (before) munmap(start, before);
  start += before;
  const size_t page = 4096, end = (bytes + page - 1) / page * page;
  const size_t after = bytes + slack - before;
  if (after > end) munmap(start + end, after - end);
#ifdef MADV_HUGEPAGE
  if (small_bytes < bytes) madvise(start + small_bytes / huge * huge, bytes - small_bytes / huge * huge, MADV_HUGEPAGE);
#endif
  (void)small_bytes;
  return start;
}

void unmap_pages(void *pages, size_t bytes) {
  if (pages) munmap(pages, bytes);
}

void discard_pages(void *start, size_t bytes) {
  static const size_t page = size_t(sysconf(_SC_PAGESIZE));
  void *first;
  size_t length;
  if (!whole_pages(start, bytes, page, &first, &length)) return;
#ifdef __APPLE__
  madvise(first, length, MADV_FREE);
#else
  madvise(first, length, MADV_DONTNEED);
#endif
}

static void *run_share(void *argument) {
  auto *share = static_cast<Share *>(argument);
  share->work(share->context, share->thread);
  return nullptr;
}

using Thread = pthread_t;
static bool start(Thread *thread, Share *share) { return pthread_create(thread, nullptr, run_share, share) == 0; }
static void join(Thread thread) { pthread_join(thread, nullptr); }
static void give_core_away(bool long_wait) {
  if (!long_wait) {
    sched_yield();
    return;
  }
  const timespec pause{0, 500'000};
  nanosleep(&pause, nullptr);
}

#endif

void run_parallel(uint32_t threads, void (*work)(void *, uint32_t), void *context) {
  if (threads <= 1) {
    if (threads) work(context, 0);
    return;
  }
  auto *shares = new (std::nothrow) Share[threads];
  auto *running = new (std::nothrow) Thread[threads];
  auto *started = new (std::nothrow) bool[threads]();
  if (!shares || !running || !started) {
    for (uint32_t thread = 0; thread < threads; thread++) work(context, thread);
  } else {
    for (uint32_t thread = 1; thread < threads; thread++) {
      shares[thread] = {work, context, thread};
      started[thread] = start(&running[thread], &shares[thread]);
    }
    work(context, 0);
    for (uint32_t thread = 1; thread < threads; thread++) {
      if (started[thread]) join(running[thread]);
      else work(context, thread);
    }
  }
  delete[] shares;
  delete[] running;
  delete[] started;
}

void wait_a_moment(uint32_t attempt) {
  if (attempt < 64) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  } else {
    give_core_away(attempt > 256);
  }
}

#endif

}  // namespace franca
