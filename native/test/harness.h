// A test is a sentence and a body. check(...) records a failure and goes on; the runner counts.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace test {

struct Case {
  std::string law;
  std::function<void()> body;
};

inline std::vector<Case> &cases() {
  static std::vector<Case> all;
  return all;
}
inline int &failures_now() {
  static int failures = 0;
  return failures;
}

struct Register {
  Register(const char *law, std::function<void()> body) { cases().push_back({law, std::move(body)}); }
};

#define LAW_NAME_(line) law_##line
#define LAW_NAME(line) LAW_NAME_(line)
// law("what always holds") { body };
#define law(sentence) static const test::Register LAW_NAME(__LINE__) = test::Sentence{sentence} + []()

struct Sentence {
  const char *law;
  Register operator+(std::function<void()> body) const { return Register(law, std::move(body)); }
};

#define check(...)                                                            \
  do {                                                                        \
    if (!(__VA_ARGS__)) {                                                     \
      if (test::failures_now()++ < 5) {                                       \
        printf("    %s:%d: not so: %s\n", __FILE__, __LINE__, #__VA_ARGS__);  \
      }                                                                       \
    }                                                                         \
  } while (0)

}  // namespace test
