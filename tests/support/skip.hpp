// Skipping a test case that this machine cannot run, visibly: the reason is printed, the skips are
// counted at the end, and a program all of whose cases were skipped exits 77.
//
//   TEST_CASE("a full file system refuses", "[platform]") {
//     if (!is_root()) return skip("mounting a small tmpfs needs root");
#pragma once

#include <string_view>

namespace tarn::test {

// The test case that calls this returns right afterwards.
void skip(std::string_view reason);

// The user may do everything: mount, change owners.
[[nodiscard]] bool is_root();

// The program is built with a sanitizer that comes between it and the kernel (address or thread).
[[nodiscard]] constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
  return false;
#endif
}

// The program runs under an emulator (qemu-user), which lacks some of the kernel's services. Asked
// only by cases about exactly those.
[[nodiscard]] bool is_emulated();

}  // namespace tarn::test
