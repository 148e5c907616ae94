// Reads bytes of a file that the system has in memory anyway, on the calling thread: for a few hundred bytes the way to another
// thread and back takes ten times as long. What is not in memory is not waited for.
#include "arguments.h"
#include "index.h"

#if defined(__linux__)
#include <errno.h>
#include <sys/uio.h>
#endif

namespace franca {
namespace {

constexpr double kNotNow = -1;
constexpr double kNever = -2;

// (descriptor, offset, bytes) → how many were read, kNotNow, or kNever where neither system nor file can
napi_value read_cached(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const uint32_t descriptor = args.u32(0);
  const double offset = args.number(1);
  size_t length = 0;
  uint8_t* bytes = args.bytes(2, &length);
  if (args.failed) return nullptr;
#if defined(RWF_NOWAIT)
  const iovec place{bytes, length};
  const ssize_t count = preadv2(static_cast<int>(descriptor), &place, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (count >= 0) return number_value(env, static_cast<double>(count));
  return number_value(env, errno == EAGAIN || errno == EINTR ? kNotNow : kNever);
#else
  (void)descriptor, (void)offset, (void)bytes;
  return number_value(env, kNever);
#endif
}

}  // namespace

void define_cached(napi_env env, napi_value exports) { define(env, exports, "readCached", read_cached); }

}  // namespace franca
