#include "tests/survive/events/exiting.hpp"

#include <atomic>
#include <cstdlib>

namespace {

std::atomic<bool> no_leak_check{false};

}  // namespace

// The sanitizer asks before it looks; in other builds nobody does.
extern "C" int __lsan_is_turned_off();  // NOLINT(bugprone-reserved-identifier)
extern "C" int __lsan_is_turned_off() { return no_leak_check ? 1 : 0; }

namespace tarn::test {

void exit_in_order(int code) {
  no_leak_check = true;
  std::exit(code);
}

}  // namespace tarn::test
