// Runs every law, or those that contain the words given.   kernel_test [words]
#include <chrono>
#include <cstring>

#include "harness.h"

int main(int argc, char **argv) {
  int passed = 0, failed = 0;
  for (const test::Case &one : test::cases()) {
    if (argc > 1 && one.law.find(argv[1]) == std::string::npos) continue;
    test::failures_now() = 0;
    const auto start = std::chrono::steady_clock::now();
    one.body();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool ok = test::failures_now() == 0;
    printf("%s %s (%.2f s)\n", ok ? "ok  " : "FAIL", one.law.c_str(), seconds);
    fflush(stdout);
    (ok ? passed : failed)++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
