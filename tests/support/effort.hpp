// How much of the same a test does. Sanitizers see every way through the code the first few times, and
// take ten times as long for each; numbers that matter in themselves hold in builds without them.
#pragma once

namespace tarn::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kThreadSanitized = __has_feature(thread_sanitizer);
#else
inline constexpr bool kThreadSanitized = false;
#endif

template <typename Number>
[[nodiscard]] constexpr Number effort(Number full, Number sanitized) {
  return kSanitized ? sanitized : full;
}

}  // namespace tarn::test
