// Numbers of JSON.
#pragma once

#include <cstdint>

namespace franca {

// Where the number that begins at `at` ends, or null when none does there. *is_integer: it has neither point nor exponent.
const char *skip_number(const char *at, const char *end, bool *is_integer);

// The same, and its value: the float32 nearest to the double that is nearest to the number, as JavaScript has it.
// Infinite when either has no room for it.
const char *read_float(const char *at, const char *end, float *value);

// Whether an integer of JSON lies beyond ±(2^53 − 1).
bool is_large_integer(const char *from, const char *to);

}  // namespace franca
