// Strings of JSON.
#pragma once

namespace franca {

struct String {
  const char *from = nullptr;  // the opening quote
  const char *to = nullptr;    // after the closing one
  bool has_escapes = false;
};

enum class StringFault { none, not_closed, control, escape, utf8 };

// The string whose opening quote is at `at`. On a fault *fault_at is where.
StringFault skip_string(const char *at, const char *end, String *string, const char **fault_at);

// Whether the string, decoded, is this text in UTF-8.
bool equals(const String &string, const char *text, const char *text_end);

}  // namespace franca
