// TARN_ASSERT, for broken contracts: ours, or the caller's. It is always on and aborts. What a peer
// process writes or sends is input and never asserted; it answers an Error. Any thread may assert.
#pragma once

namespace tarn::detail {

// Prints "file:line: assertion failed: condition" to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace tarn::detail

// A macro, because only the preprocessor knows the text of the condition and the place.
#define TARN_ASSERT(...) \
  ((__VA_ARGS__) ? void() : ::tarn::detail::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))
