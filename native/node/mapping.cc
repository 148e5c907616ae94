#include "mapping.h"

#include <cstdint>

#include "arguments.h"
#include "index.h"
#include "jobs.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#endif

namespace franca {

#ifdef _WIN32

namespace {

std::wstring wide(const std::string& text) {
  const int length = MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), nullptr, 0);
  std::wstring result(static_cast<size_t>(length), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()), result.data(), length);
  return result;
}

}  // namespace

std::shared_ptr<Mapped> Mapped::open(const std::string& path, size_t length, std::string* failure) {
  const DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  HANDLE file = CreateFileW(wide(path).c_str(), GENERIC_READ, share, nullptr, OPEN_EXISTING, 0, nullptr);
  LARGE_INTEGER size{};
  void* data = nullptr;
  if (file != INVALID_HANDLE_VALUE && GetFileSizeEx(file, &size) && static_cast<uint64_t>(size.QuadPart) >= length) {
    HANDLE section = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
    if (section != nullptr) {
      data = MapViewOfFile(section, FILE_MAP_READ, 0, 0, length);
      CloseHandle(section);
    }
  }
  if (data == nullptr) *failure = "error " + std::to_string(GetLastError()) + " or too short a file";
  if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
  return data == nullptr ? nullptr : std::shared_ptr<Mapped>(new Mapped(data, length));
}

Mapped::~Mapped() { UnmapViewOfFile(data_); }

#else

std::shared_ptr<Mapped> Mapped::open(const std::string& path, size_t length, std::string* failure) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    *failure = std::strerror(errno);
    return nullptr;
  }
  struct stat status{};
  void* data = MAP_FAILED;
  if (fstat(file, &status) != 0) {
    *failure = std::strerror(errno);
  } else if (static_cast<uint64_t>(status.st_size) < length) {
    *failure = "it has " + std::to_string(status.st_size) + " bytes, not " + std::to_string(length);
  } else {
    // Read-ahead is left to the system, which stops it where it sees that reads are scattered (re-ranking) and goes on where they
    // are not (exact scans).
    data = mmap(nullptr, length, PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED) *failure = std::strerror(errno);
  }
  close(file);
  return data == MAP_FAILED ? nullptr : std::shared_ptr<Mapped>(new Mapped(data, length));
}

Mapped::~Mapped() { munmap(data_, length_); }

#endif

namespace {

napi_value text_value(napi_env env, const std::string& text) {
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

// (path, sizeBytes) → handle, or why not
napi_value map_file(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  const std::string path = args.text(0);
  const double length = args.number(1);
  if (args.failed) return nullptr;
  std::string failure;
  if (!(length >= 1) || length > 9007199254740991.0) return text_value(env, "it has no bytes to map");
  std::shared_ptr<Mapped> mapped = Mapped::open(path, static_cast<size_t>(length), &failure);
  if (mapped == nullptr) return text_value(env, failure);
  auto* mapping = new Mapping{std::move(mapped)};
  napi_value handle;
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Mapping*>(data); };
  if (napi_create_external(env, mapping, finalize, nullptr, &handle) != napi_ok) {
    delete mapping;
    return nullptr;
  }
  return handle;
}

// (mapping): indexes that still read from it keep the bytes
napi_value give_up_mapping(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  auto* mapping = static_cast<Mapping*>(args.external(0));
  if (!args.failed) mapping->mapped = nullptr;
  return nullptr;
}

// Whether rows of the index at these places lie in the mapping; throws when not.
std::shared_ptr<Mapped> home_of(Arguments& args, size_t i, const Index& index, uint64_t rows_end) {
  auto* mapping = static_cast<Mapping*>(args.external(i));
  if (args.failed) return nullptr;
  const uint64_t row_bytes = index.dimension * sizeof(float);
  if (mapping->mapped == nullptr || rows_end > mapping->mapped->length() / row_bytes) {
    napi_throw_range_error(args.env, nullptr, "franca kernel: the rows do not lie in the mapped file, or it was unmapped");
    args.failed = true;
    return nullptr;
  }
  return mapping->mapped;
}

// (handle, firstSlot, vectors, mapping, firstRow) → status
napi_value put_mapped(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  const uint32_t first_slot = args.u32(1);
  size_t length = 0;
  const float* vectors = args.floats(2, &length);
  const uint32_t first_row = args.u32(4);
  if (args.failed) return nullptr;
  const size_t n = length / index->dimension;
  const std::shared_ptr<Mapped> mapped = home_of(args, 3, *index, uint64_t(first_row) + n);
  if (args.failed) return nullptr;
  const auto* homes = static_cast<const float*>(mapped->data()) + size_t(first_row) * index->dimension;
  const fk_status status = fk_index_put_borrowed(index->kernel.get(), first_slot, vectors, homes, n);
  if (status == FK_OK) index->homes->insert(mapped);
  index->report(env);
  return number_value(env, status);
}

// (handle, slots, mapping, rows) → status; the memory comes back by settle
napi_value borrow(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  size_t n = 0;
  size_t row_count = 0;
  const uint32_t* slots = args.words(1, &n);
  const uint32_t* rows = args.words(3, &row_count);
  if (args.failed || row_count != n) return nullptr;
  uint64_t end = 0;
  for (size_t i = 0; i < n; i++) end = rows[i] >= end ? uint64_t(rows[i]) + 1 : end;
  const std::shared_ptr<Mapped> mapped = home_of(args, 2, *index, end);
  if (args.failed) return nullptr;
  const fk_status status =
      fk_index_borrow(index->kernel.get(), slots, static_cast<const float*>(mapped->data()), rows, n);
  if (status == FK_OK) index->homes->insert(mapped);
  return number_value(env, status);
}

// (handle, slots) → Promise of the status: copies the rows into memory
napi_value hold(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  size_t n = 0;
  const uint32_t* slots = args.words(1, &n);
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->work = [kernel = index->kernel, slots, n](uint32_t) { return fk_index_hold(kernel.get(), slots, n); };
  job->finish = [index](napi_env finish_env) { index->report(finish_env); };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

// (handle, fromSlot, toSlot) → Promise of the status
napi_value settle(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  const uint32_t from = args.u32(1);
  const uint32_t to = args.u32(2);
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  job->work = [kernel = index->kernel, from, to](uint32_t) { return fk_index_settle(kernel.get(), from, to); };
  job->finish = [index](napi_env finish_env) { index->report(finish_env); };
  return Jobs::of(env)->start(env, std::move(job), args.values, 3);
}

// (handle, mapping) → Promise of the status: lets go of a mapping that no row lies in any more; FK_INVALID when one does
napi_value leave(napi_env env, napi_callback_info info) {
  Arguments args(env, info);
  Index* index = args.index(0);
  auto* mapping = static_cast<Mapping*>(args.external(1));
  if (args.failed) return nullptr;
  auto job = std::make_unique<Job>();
  job->own_thread = true;
  auto left = std::make_shared<bool>(false);
  job->work = [kernel = index->kernel, mapped = mapping->mapped, left](uint32_t) {
    if (mapped == nullptr) return FK_INVALID;
    // Whoever read an address from before is gone first.
    const fk_status status = fk_index_settle(kernel.get(), 0, 0);
    if (status != FK_OK) return status;
    if (fk_index_reads_from(kernel.get(), mapped->data(), mapped->length())) return FK_INVALID;
    *left = true;
    return FK_OK;
  };
  job->finish = [index, mapped = mapping->mapped, left](napi_env) {
    if (*left && index->homes != nullptr) index->homes->erase(mapped);
  };
  return Jobs::of(env)->start(env, std::move(job), args.values, 2);
}

}  // namespace

void define_mapping(napi_env env, napi_value exports) {
  define(env, exports, "mapFile", map_file);
  define(env, exports, "giveUpMapping", give_up_mapping);
  define(env, exports, "putMapped", put_mapped);
  define(env, exports, "borrow", borrow);
  define(env, exports, "hold", hold);
  define(env, exports, "settle", settle);
  define(env, exports, "leave", leave);
}

}  // namespace franca
