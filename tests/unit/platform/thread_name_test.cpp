#include "platform/thread_name.hpp"

#include <pthread.h>

#include <array>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"

namespace tarn::platform {
namespace {

// In a thread of its own: the main thread's name is the program's.
std::string name_after_setting(std::string_view name) {
  std::array<char, 64> found{};
  std::thread thread([&] {
    set_thread_name(name);
    pthread_getname_np(pthread_self(), found.data(), found.size());
  });
  thread.join();
  return found.data();
}

TEST_CASE("a thread shows the name it was given", "[platform][thread_name]") {
  REQUIRE(name_after_setting("tarn-broker") == "tarn-broker");
  REQUIRE(name_after_setting("") == "");
  SECTION("as far as the kernel keeps it") {
    REQUIRE(name_after_setting("exactly fifteen") == "exactly fifteen");
    REQUIRE(name_after_setting("sixteen and more") == "sixteen and mor");
  }
}

}  // namespace
}  // namespace tarn::platform
