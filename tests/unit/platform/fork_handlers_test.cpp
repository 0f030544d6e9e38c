#include "platform/fork_handlers.hpp"

#include <atomic>

#include "tests/support/catch.hpp"
#include "tests/support/child_process.hpp"

using namespace tarn;
using namespace tarn::test;

namespace {

std::atomic<int> before = 0;
std::atomic<int> in_parent = 0;
std::atomic<int> in_child = 0;

}  // namespace

TEST_CASE("fork handlers run before a fork and on the side they are for", "[fork]") {
  REQUIRE(platform::add_fork_handlers({.before = [] { ++before; },
                                       .in_parent = [] { ++in_parent; },
                                       .in_child = [] { ++in_child; }}));
  auto child = ChildProcess::start([](Parent& parent) {
    parent.check(before == 1 && in_child == 1 && in_parent == 0, "the child's side");
  });
  CHECK(child.join() == kCleanExit);
  CHECK(before == 1);
  CHECK(in_parent == 1);
  CHECK(in_child == 0);
}
