// What the kernel needs from the operating system, and nothing else in the kernel may ask for:
// zeroed pages, threads, and ways to wait. The WebAssembly build (FK_NO_THREADS) has no threads and no mmap.
#pragma once

#include <cstddef>
#include <cstdint>

namespace franca {

#ifdef FK_NO_THREADS
// Memory that is handed out is memory that is used, so chunks are small.
constexpr size_t kChunkBytes = size_t(64) << 10;
#else
// Untouched pages cost only address space, so chunks are large and their table small.
constexpr size_t kChunkBytes = size_t(16) << 20;
#endif

// Zeroed memory aligned to 64 bytes or better; null when there is none. The first `small_bytes` of it keep small pages,
// so that a tiny index stays tiny; the rest asks for huge ones (fewer TLB misses when a graph is walked).
void *map_pages(size_t bytes, size_t small_bytes);
void unmap_pages(void *pages, size_t bytes);
constexpr size_t kPageBytes = 4096;  // at least; larger pages only make less come back
// Gives the memory of the whole pages inside a part of what map_pages returned back to the system. What was there is lost; it may
// be written again. Nothing happens where the system cannot (WebAssembly).
void discard_pages(void *start, size_t bytes);
// Of `mapped` bytes, how many are really held when the first `touched` have been written.
size_t resident_bytes(size_t mapped, size_t touched);

// Runs work(context, i) for i in [0, threads), the first on the calling thread; returns when all have.
// When the system refuses a thread, its share runs on the calling thread.
void run_parallel(uint32_t threads, void (*work)(void *context, uint32_t thread), void *context);

// One step of waiting for another thread: spins first, gives the core away later.
void wait_a_moment(uint32_t attempt);

// Of a clock that never goes back; only differences mean something.
uint64_t now_nanoseconds();

// Fetches the cache line at `address` for reading; never faults.
inline void prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }
inline void prefetch_lines(const void *address, size_t bytes) {
  for (size_t at = 0; at < bytes; at += 64) prefetch(static_cast<const char *>(address) + at);
}

}  // namespace franca
