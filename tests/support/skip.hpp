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

// The program runs under an emulator (qemu-user), which lacks some of the kernel's services. Asked
// only by cases about exactly those.
[[nodiscard]] bool is_emulated();

}  // namespace tarn::test
