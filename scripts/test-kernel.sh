#!/usr/bin/env bash
# Builds the kernel and its C++ tests, and runs them.
#
#   scripts/test-kernel.sh [words]              the laws (those that contain the words)
#   scripts/test-kernel.sh --sanitize [words]   again under address + undefined, and under thread
#   scripts/test-kernel.sh --fuzz SECONDS       throws damaged checkpoints at the loader, then bodies at the reader of JSON (clang)
#   scripts/test-kernel.sh --bench [arguments]  the benchmark (see native/test/bench.cc)
#   scripts/test-kernel.sh --churn [arguments]  what churn does to the graph (see native/test/churn_bench.cc)
#   scripts/test-kernel.sh --load [arguments]   how long a checkpoint takes to be read (see native/test/load_bench.cc)
#   scripts/test-kernel.sh --neon [words]       cross-compiled, under qemu-aarch64 (needs both)
#
# The last line is "N passed, N failed". BUILD_DIR says where objects go; CXX names the compiler.
set -euo pipefail
cd "$(dirname "$0")/../native"

build_dir=${BUILD_DIR:-../tmp/kernel-test}
cxx=${CXX:-g++}
jobs=$(getconf _NPROCESSORS_ONLN)

# objects_of DIRECTORY ARCHITECTURE FLAGS...: compiles sources.txt; prints the objects.
objects_of() {
  local directory=$1 architecture=$2
  shift 2
  mkdir -p "$directory"
  local newest_header commands=()
  newest_header=$(find kernel include -name '*.h' -printf '%T@ %p\n' | sort -rn | head -1 | cut -d' ' -f2)
  while read -r file tag; do
    case "$file" in '' | '#'*) continue ;; esac
    local flags=''
    case "$architecture:$tag" in
      *:) ;;
      x86_64:sse42) flags='-msse4.2' ;;
      x86_64:avx2) flags='-mavx2' ;;
      x86_64:avx512) flags='-mavx512f -mavx512bw -mavx512vl -mavx512dq' ;;
      x86_64:avx512vnni) flags='-mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni' ;;
      aarch64:neon) ;;
      *) continue ;;
    esac
    local object=$directory/$(basename "$file" .cc).o
    echo "$object"
    if [ ! -e "$object" ] || [ "$file" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
      commands+=("$cxx -std=c++20 -O3 -g -Wall -Wextra -Wno-uninitialized -Wno-maybe-uninitialized -ffp-contract=off \
        -fno-exceptions -fno-rtti $flags $* -c $file -o $object")
    fi
  done <sources.txt
  if [ ${#commands[@]} -gt 0 ]; then
    printf '%s\n' "${commands[@]}" | xargs -P "$jobs" -I{} sh -c '{}' >&2
  fi
}

# build PROGRAM MAIN_SOURCES ARCHITECTURE FLAGS...
build() {
  local name=$1 sources=$2 architecture=$3
  shift 3
  local directory=$build_dir/$name objects
  objects=$(objects_of "$directory" "$architecture" "$@")
  # shellcheck disable=SC2086
  $cxx -std=c++20 -O2 -g -Wall -Wextra "$@" $sources $objects -o "$directory/program" -pthread
}

tests='test/main.cc test/distance_test.cc test/crc32c_test.cc test/search_test.cc test/recall_test.cc test/build_test.cc test/checkpoint_test.cc test/borrow_test.cc test/churn_test.cc test/json_test.cc'
machine=$(uname -m)

case "${1:-}" in
  --sanitize)
    shift
    build address "$tests" "$machine" -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
    build thread "$tests" "$machine" -fsanitize=thread
    status=0
    echo '-- address and undefined'
    "$build_dir/address/program" "$@" || status=1
    echo '-- thread'
    TSAN_OPTIONS=halt_on_error=0 "$build_dir/thread/program" "${@:-run at once}" || status=1
    exit $status
    ;;
  --fuzz)
    cxx=${CXX:-clang++}
    build fuzz test/fuzz_load.cc "$machine" -fsanitize=fuzzer,address,undefined
    mkdir -p "$build_dir/fuzz/corpus"
    "$build_dir/fuzz/program" -max_total_time="${2:-60}" -max_len=20000 "$build_dir/fuzz/corpus"
    build fuzz-json test/fuzz_json.cc "$machine" -fsanitize=fuzzer,address,undefined
    mkdir -p "$build_dir/fuzz-json/corpus"
    printf '\001{"vector":[1,2.5e3],"vectors":{"a":[[1],[2]]},"payload":{"x":[99999999999999999999,"\\u0001x","é"]}}' \
      >"$build_dir/fuzz-json/corpus/body"
    printf '\040[{"a":[{"vector":[1]},{"vector":[2]}]},{"b":["aaaaaaaaaaaaa","bbbbbbbbbbbb",[true,false,null]]}]' \
      >"$build_dir/fuzz-json/corpus/pieces"
    "$build_dir/fuzz-json/program" -max_total_time="${2:-60}" -max_len=4000 "$build_dir/fuzz-json/corpus"
    ;;
  --bench)
    shift
    build plain-bench test/bench.cc "$machine"
    "$build_dir/plain-bench/program" "$@"
    ;;
  --churn)
    shift
    build plain-churn test/churn_bench.cc "$machine"
    "$build_dir/plain-churn/program" "$@"
    ;;
  --load)
    shift
    build plain-load test/load_bench.cc "$machine"
    "$build_dir/plain-load/program" "$@"
    ;;
  --neon)
    shift
    cxx=aarch64-linux-gnu-g++
    build neon "$tests" aarch64
    qemu-aarch64 -L /usr/aarch64-linux-gnu "$build_dir/neon/program" "${@:-instruction set}"
    ;;
  *)
    build plain "$tests" "$machine"
    "$build_dir/plain/program" "$@"
    ;;
esac
