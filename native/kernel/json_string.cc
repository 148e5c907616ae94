// Strings of JSON: plain characters are skipped eight at a time; escapes and UTF-8 are checked one by one.
#include "json_string.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace franca {
namespace {

constexpr uint64_t each(uint64_t byte) { return byte * 0x0101010101010101u; }

// The high bit of every byte that is zero; of those above the first such byte it may be wrong.
uint64_t zeros(uint64_t eight) { return (eight - each(1)) & ~eight & each(0x80); }

// The same for bytes that end a run of plain characters: quotes, backslashes, controls, what is not ASCII.
uint64_t not_plain(uint64_t eight) {
  const uint64_t controls = (eight - each(0x20)) & ~eight & each(0x80);
  return zeros(eight ^ each('"')) | zeros(eight ^ each('\\')) | controls | (eight & each(0x80));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The four digits after \u, or -1.
int hex4(const char *at, const char *end) {
  if (end - at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; i++) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

// Bytes of the character that begins at `at`, which is not ASCII; 0 when it is no UTF-8.
int utf8_length(const char *at, const char *end) {
  const auto byte = [&](int i) { return at + i < end ? static_cast<unsigned char>(at[i]) : 0u; };
  const auto follows = [&](int i, unsigned least = 0x80, unsigned most = 0xBF) {
    return byte(i) >= least && byte(i) <= most;
  };
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    // Neither longer than need be, nor half of a surrogate pair.
    return follows(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    return follows(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

int put_utf8(uint32_t code, char *out) {
  if (code < 0x80) return out[0] = static_cast<char>(code), 1;
  if (code < 0x800) {
    out[0] = static_cast<char>(0xC0 | code >> 6);
    out[1] = static_cast<char>(0x80 | (code & 63));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<char>(0xE0 | code >> 12);
    out[1] = static_cast<char>(0x80 | (code >> 6 & 63));
    out[2] = static_cast<char>(0x80 | (code & 63));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | code >> 18);
  out[1] = static_cast<char>(0x80 | (code >> 12 & 63));
  out[2] = static_cast<char>(0x80 | (code >> 6 & 63));
  out[3] = static_cast<char>(0x80 | (code & 63));
  return 4;
}

// The character after a backslash, in UTF-8; moves *at past it.
int unescape(const char **at, const char *end, char *out) {
  const char kind = *(*at)++;
  switch (kind) {
    case 'b': return out[0] = '\b', 1;
    case 'f': return out[0] = '\f', 1;
    case 'n': return out[0] = '\n', 1;
    case 'r': return out[0] = '\r', 1;
    case 't': return out[0] = '\t', 1;
    case 'u': break;
    default: return out[0] = kind, 1;
  }
  uint32_t code = static_cast<uint32_t>(hex4(*at, end));
  *at += 4;
  if (code >= 0xD800 && code < 0xDC00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u') {
    const int low = hex4(*at + 2, end);
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + static_cast<uint32_t>(low - 0xDC00);
      *at += 6;
    }
  }
  return put_utf8(code, out);
}

}  // namespace

StringFault skip_string(const char *at, const char *end, String *string, const char **fault_at) {
  string->from = at++;
  string->has_escapes = false;
  const auto fault = [&](StringFault what, const char *where) {
    *fault_at = where;
    return what;
  };
  while (true) {
    while (end - at >= 8) {
      uint64_t eight;
      memcpy(&eight, at, 8);
      const uint64_t found = not_plain(eight);
      if (found) {
        at += std::countr_zero(found) >> 3;
        break;
      }
      at += 8;
    }
    if (at == end) return fault(StringFault::not_closed, end);
    const unsigned char c = static_cast<unsigned char>(*at);
    if (c == '"') {
      string->to = at + 1;
      return StringFault::none;
    }
    if (c == '\\') {
      string->has_escapes = true;
      if (end - at < 2) return fault(StringFault::not_closed, end);
      const char kind = at[1];
      if (kind == 'u') {
        if (hex4(at + 2, end) < 0) return fault(StringFault::escape, at);
        at += 6;
      } else {
        if (kind == 0 || strchr("\"\\/bfnrt", kind) == nullptr) return fault(StringFault::escape, at);
        at += 2;
      }
    } else if (c < 0x20) {
      return fault(StringFault::control, at);
    } else if (c < 0x80) {
      at++;
    } else {
      const int length = utf8_length(at, end);
      if (length == 0) return fault(StringFault::utf8, at);
      at += length;
    }
  }
}

bool equals(const String &string, const char *text, const char *text_end) {
  const char *at = string.from + 1;
  const char *end = string.to - 1;
  if (!string.has_escapes) return end - at == text_end - text && memcmp(at, text, static_cast<size_t>(end - at)) == 0;
  while (at < end) {
    char piece[4];
    int length = 1;
    if (*at == '\\') {
      at++;
      length = unescape(&at, end, piece);
    } else {
      piece[0] = *at++;
    }
    if (text_end - text < length || memcmp(text, piece, static_cast<size_t>(length)) != 0) return false;
    text += length;
  }
  return text == text_end;
}

}  // namespace franca
