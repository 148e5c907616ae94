// Reads a body of JSON once, from its first byte to its last: checks all of it as strictly as JavaScript's own parser would,
// takes lists of numbers out where vectors may be, and leaves a short text for that parser, with placeholders that nothing in
// the body can be mistaken for: strings that begin with U+0001. A string of the body's own that begins so is taken out as well.
#include "../include/kernel.h"

#include <cmath>
#include <cstdio>
#include <new>

#include "buffer.h"
#include "json_number.h"
#include "json_string.h"

struct fk_json {
  franca::Buffer<char> text;
  franca::Buffer<char> pieces;
  franca::Buffer<float> floats;
  franca::Buffer<uint32_t> places;
  franca::Buffer<uint32_t> lists;
  franca::Buffer<uint32_t> keys;
  uint32_t fault = FK_JSON_WELL;
  size_t fault_at = 0;
};

namespace franca {
namespace {

// Longer integers cannot be read in a time that grows with their length only.
constexpr long most_digits = 1000;

// Whether numbers are vectors here.
enum class Zone : uint8_t { outside, vectors, except };

struct Frame {
  bool is_list;
  Zone zone;
  uint32_t index = 0;   // of a list: the element that is being read
  String key;           // of an object
  size_t start = 0;     // of a list: in the short text
  size_t piece = 0;     // where its current piece begins there
  size_t first_cut = 0; // among `cuts`
};

class Reader {
 public:
  Reader(const char *body, size_t bytes, const char *names, size_t name_bytes, uint32_t max_depth, uint32_t piece_bytes,
         fk_json *out)
      : body_(body), at_(body), end_(body + bytes), names_(names), names_end_(names + name_bytes), max_depth_(max_depth),
        piece_bytes_(piece_bytes), out_(*out), copied_(body) {}

  // False: see the fault, or there is no memory.
  bool read() {
    if (end_ - at_ >= 3 && memcmp(at_, "\xEF\xBB\xBF", 3) == 0) at_ = copied_ = at_ + 3;
    bool more = value();
    while (more && frames_.size() > 0) more = next();
    if (!more) return false;
    skip_space();
    if (at_ < end_) return refuse(FK_JSON_EXPECTED_END, at_);
    return out_.text.append(copied_, static_cast<size_t>(end_ - copied_)) || no_memory();
  }

  bool has_no_memory() const { return no_memory_; }

 private:
  // One value, or, of a list or object that is not empty, its beginning.
  bool value() {
    skip_space();
    if (at_ == end_) return refuse(FK_JSON_EXPECTED_VALUE, at_);
    switch (*at_) {
      case '{': return open(false);
      case '[': {
        if (zone_ == Zone::vectors) {
          const Vector read = vector();
          if (read != Vector::none) return read == Vector::taken;
        }
        return open(true);
      }
      case '"': return text();
      case 't': return word("true", 4);
      case 'f': return word("false", 5);
      case 'n': return word("null", 4);
      default: return number();
    }
  }

  // After a value inside a list or object: what comes next there.
  bool next() {
    Frame &frame = frames_.last();
    skip_space();
    if (at_ < end_ && *at_ == (frame.is_list ? ']' : '}')) return close();
    if (at_ == end_ || *at_ != ',') return refuse(frame.is_list ? FK_JSON_EXPECTED_COMMA_OR_LIST_END : FK_JSON_EXPECTED_COMMA_OR_OBJECT_END, at_);
    if (frames_.size() - 1 < stable_) stable_ = frames_.size() - 1;
    if (!frame.is_list) {
      at_++;
      return member();
    }
    if (piece_bytes_ > 0 && text_length() - frame.piece >= piece_bytes_) {
      if (!cuts_.push(text_length())) return no_memory();
      frame.piece = text_length() + 1;
    }
    at_++;
    frame.index++;
    zone_ = frame.zone;
    return value();
  }

  bool open(bool is_list) {
    if (frames_.size() == max_depth_) return refuse(FK_JSON_TOO_DEEP, at_);
    Frame frame{};
    frame.is_list = is_list;
    frame.zone = zone_;
    frame.start = text_length();
    frame.piece = frame.start + 1;
    frame.first_cut = cuts_.size();
    if (!frames_.push(frame)) return no_memory();
    at_++;
    skip_space();
    if (at_ < end_ && *at_ == (is_list ? ']' : '}')) return close();
    return is_list ? value() : member();
  }

  bool member() {
    skip_space();
    if (at_ == end_ || *at_ != '"') return refuse(FK_JSON_EXPECTED_KEY, at_);
    Frame &frame = frames_.last();
    if (!skip(&frame.key)) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return refuse(FK_JSON_EXPECTED_COLON, at_);
    at_++;
    zone_ = zone_below(frame.zone, frame.key);
    return value();
  }

  bool close() {
    const Frame &frame = frames_.last();
    if (cuts_.size() > frame.first_cut && !take_out_list(frame)) return false;
    at_++;
    if (cuts_.size() > frame.first_cut) {
      cuts_.shrink(frame.first_cut);
      copied_ = at_;
    }
    frames_.shrink(frames_.size() - 1);
    if (frames_.size() < stable_) stable_ = frames_.size();
    return true;
  }

  Zone zone_below(Zone zone, const String &key) const {
    if (zone == Zone::except) return zone;
    Zone found = zone;
    for (const char *name = names_; name < names_end_;) {
      const char *name_end = name + 1;
      while (name_end < names_end_ && *name_end) name_end++;
      if (equals(key, name + 1, name_end)) {
        if (*name == 'x') return Zone::except;
        found = Zone::vectors;
      }
      name = name_end + 1;
    }
    return found;
  }

  enum class Vector { taken, none, refused };

  // The list at hand, if it holds numbers and nothing else.
  Vector vector() {
    const char *start = at_;
    const char *too_large = nullptr;
    const size_t first = out_.floats.size();
    const auto none = [&] {
      out_.floats.shrink(first);
      at_ = start;
      return Vector::none;
    };
    at_++;
    while (true) {
      skip_space();
      float value;
      const char *to = read_float(at_, end_, &value);
      if (to == nullptr) return none();
      if (!out_.floats.push(value)) return no_memory(), Vector::refused;
      if (std::isinf(value) && too_large == nullptr) too_large = at_;
      at_ = to;
      skip_space();
      if (at_ == end_) return none();
      const char c = *at_++;
      if (c == ']') break;
      if (c != ',') return none();
    }
    if (too_large != nullptr) return refuse(FK_JSON_TOO_LARGE, too_large), Vector::refused;
    const bool placed = place(FK_JSON_VECTOR, start, static_cast<uint32_t>(first), static_cast<uint32_t>(out_.floats.size()));
    return placed ? Vector::taken : Vector::refused;
  }

  bool text() {
    String string;
    if (!skip(&string)) return false;
    static constexpr char mark[] = "\"\\u0001";
    if (string.to - string.from < 8 || memcmp(string.from, mark, 7) != 0) return true;
    return place(FK_JSON_STRING, string.from, offset(string.from), offset(string.to));
  }

  bool number() {
    bool is_integer = false;
    const char *start = at_;
    const char *to = skip_number(at_, end_, &is_integer);
    if (to == nullptr) return refuse(FK_JSON_EXPECTED_VALUE, at_);
    if (is_integer && is_large_integer(at_, to)) {
      if (to - at_ > most_digits) return refuse(FK_JSON_TOO_LONG, at_);
      at_ = to;
      return place(FK_JSON_INTEGER, start, offset(start), offset(to));
    }
    at_ = to;
    return true;
  }

  bool word(const char *wanted, size_t length) {
    if (static_cast<size_t>(end_ - at_) < length || memcmp(at_, wanted, length) != 0) return refuse(FK_JSON_EXPECTED_VALUE, at_);
    at_ += length;
    return true;
  }

  bool skip(String *string) {
    const char *fault_at = nullptr;
    switch (skip_string(at_, end_, string, &fault_at)) {
      case StringFault::none: at_ = string->to; return true;
      case StringFault::not_closed: return refuse(FK_JSON_EXPECTED_QUOTE, fault_at);
      case StringFault::control: return refuse(FK_JSON_CONTROL, fault_at);
      case StringFault::escape: return refuse(FK_JSON_ESCAPE, fault_at);
      case StringFault::utf8: return refuse(FK_JSON_NOT_UTF8, fault_at);
    }
    return false;
  }

  // Puts a placeholder where [start, at_) was, and writes down where that is.
  bool place(uint32_t kind, const char *start, uint32_t from, uint32_t to) {
    if (!put_placeholder(start, placed_++)) return false;
    copied_ = at_;
    const size_t depth = frames_.size();
    const size_t shared = stable_ < depth ? stable_ : depth;
    const uint32_t head[] = {kind, from, to, static_cast<uint32_t>(shared), static_cast<uint32_t>(depth - shared)};
    if (!out_.places.append(head, 5)) return no_memory();
    stable_ = depth;
    return put_path(shared, &out_.places);
  }

  // Moves the pieces of a long list out of the short text.
  bool take_out_list(const Frame &frame) {
    const size_t total = text_length();
    if (!out_.text.append(copied_, static_cast<size_t>(at_ - copied_))) return no_memory();
    const char *text = out_.text.data();
    const size_t count = cuts_.size() - frame.first_cut + 1;
    const size_t depth = frames_.size() - 1;
    const uint32_t head[] = {listed_, static_cast<uint32_t>(count), static_cast<uint32_t>(depth)};
    if (!out_.lists.append(head, 3) || !put_path(0, &out_.lists, depth)) return no_memory();
    size_t from = frame.start + 1;
    for (size_t i = 0; i < count; i++) {
      const size_t to = i + 1 < count ? cuts_[frame.first_cut + i] : total;
      const uint32_t start = static_cast<uint32_t>(out_.pieces.size());
      if (!out_.pieces.push('[') || !out_.pieces.append(text + from, to - from) || !out_.pieces.push(']')) return no_memory();
      const uint32_t span[] = {start, static_cast<uint32_t>(out_.pieces.size())};
      if (!out_.lists.append(span, 2)) return no_memory();
      from = to + 1;
    }
    out_.text.shrink(frame.start);
    char placeholder[32];
    const int length = snprintf(placeholder, sizeof placeholder, "\"\\u0001l%u\"", listed_++);
    return out_.text.append(placeholder, static_cast<size_t>(length)) || no_memory();
  }

  bool put_placeholder(const char *start, uint32_t number) {
    char placeholder[32];
    const int length = snprintf(placeholder, sizeof placeholder, "\"\\u0001%u\"", number);
    return (out_.text.append(copied_, static_cast<size_t>(start - copied_)) &&
            out_.text.append(placeholder, static_cast<size_t>(length))) || no_memory();
  }

  // The steps from the outermost list or object to the innermost: an element's place twice, a key's number twice and one.
  bool put_path(size_t from, Buffer<uint32_t> *out, size_t to = SIZE_MAX) {
    for (size_t i = from; i < frames_.size() && i < to; i++) {
      uint32_t step = frames_[i].index << 1;
      if (!frames_[i].is_list) {
        const uint32_t key = key_number(frames_[i].key);
        if (key == UINT32_MAX) return no_memory();
        step = key << 1 | 1;
      }
      if (!out->push(step)) return no_memory();
    }
    return true;
  }

  // Keys come again and again; a few of the last are remembered.
  uint32_t key_number(const String &key) {
    const size_t length = static_cast<size_t>(key.to - key.from);
    for (const uint32_t number : recent_) {
      if (number == UINT32_MAX) continue;
      const uint32_t from = out_.keys[2 * number];
      if (out_.keys[2 * number + 1] - from == length && memcmp(body_ + from, key.from, length) == 0) return number;
    }
    const uint32_t number = static_cast<uint32_t>(out_.keys.size() / 2);
    if (!out_.keys.push(offset(key.from)) || !out_.keys.push(offset(key.to))) return UINT32_MAX;
    recent_[number % recent_count] = number;
    return number;
  }

  size_t text_length() const { return out_.text.size() + static_cast<size_t>(at_ - copied_); }
  uint32_t offset(const char *place) const { return static_cast<uint32_t>(place - body_); }

  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) at_++;
  }

  bool refuse(uint32_t fault, const char *where) {
    out_.fault = fault;
    out_.fault_at = static_cast<size_t>(where - body_);
    return false;
  }

  bool no_memory() {
    no_memory_ = true;
    return false;
  }

  const char *const body_;
  const char *at_;
  const char *const end_;
  const char *const names_;
  const char *const names_end_;
  const uint32_t max_depth_;
  const uint32_t piece_bytes_;
  fk_json &out_;
  // What is before it is in the short text already, or was taken out.
  const char *copied_;
  Zone zone_ = Zone::outside;
  Buffer<Frame> frames_;
  // How many of the outermost frames are at the step at which they were when something was placed last.
  size_t stable_ = 0;
  uint32_t placed_ = 0;
  uint32_t listed_ = 0;
  // Where in the short text lists that are open may be cut.
  Buffer<size_t> cuts_;
  static constexpr size_t recent_count = 16;
  uint32_t recent_[recent_count] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                    UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
                                    UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
  bool no_memory_ = false;
};

}  // namespace
}  // namespace franca

fk_status fk_json_read(const char *body, size_t bytes, const char *names, size_t name_bytes, uint32_t max_depth,
                       uint32_t piece_bytes, fk_json **out) {
  *out = nullptr;
  if (bytes >= size_t{1} << 31 || (name_bytes > 0 && names[name_bytes - 1] != 0)) return FK_INVALID;
  fk_json *json = new (std::nothrow) fk_json;
  if (json == nullptr) return FK_NO_MEMORY;
  franca::Reader reader(body, bytes, names, name_bytes, max_depth, piece_bytes, json);
  if (!reader.read() && reader.has_no_memory()) {
    delete json;
    return FK_NO_MEMORY;
  }
  *out = json;
  return FK_OK;
}

void fk_json_parts(const fk_json *json, fk_json_view *out) {
  *out = {json->text.data(),   json->text.size(),   json->pieces.data(), json->pieces.size(),
          json->floats.data(), json->floats.size(), json->places.data(), json->places.size(),
          json->lists.data(),  json->lists.size(),  json->keys.data(),   json->keys.size(),
          json->fault_at,      json->fault};
}

void fk_json_free(fk_json *json) { delete json; }
