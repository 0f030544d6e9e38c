#include "platform/any_ready.hpp"

#include <array>
#include <cstddef>

#include "platform/unix_socket.hpp"
#include "platform/wakeup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

namespace tarn::platform {
namespace {

using namespace tarn::test;

bool readable(const AnyReady& any) {
  return must(wait_ready(any.get(), Interest::Readable, MonotonicTime::min()));
}

TEST_CASE("one fd is readable while one of several is", "[platform][any_ready]") {
  auto any = must(AnyReady::create());
  const auto first = must(Wakeup::create());
  const auto second = must(Wakeup::create());
  must(any.add(first.get(), Interest::Readable, 1));
  must(any.add(second.get(), Interest::Readable, 2));
  REQUIRE_FALSE(readable(any));
  REQUIRE(any.look() == 0);
  second.signal();
  REQUIRE(readable(any));
  REQUIRE(any.look() == 2);
  SECTION("and says which") {
    first.signal();
    REQUIRE(any.look() == 3);
  }
  SECTION("and looking changes nothing") {
    REQUIRE(any.look() == 2);
    REQUIRE(readable(any));
  }
  SECTION("until it is so no more") { second.drain(); }
  SECTION("until it is removed") { any.remove(second.get()); }
  if (any.look() == 0) REQUIRE_FALSE(readable(any));
}

TEST_CASE("a hang-up is seen where nothing else is asked for", "[platform][any_ready]") {
  auto any = must(AnyReady::create());
  auto [mine, theirs] = must(socket_pair());
  must(any.add(mine.get(), Interest::None, 4));
  must(theirs.send(std::array{std::byte{1}}, kForever));
  REQUIRE(any.look() == 0);
  theirs.reset();
  REQUIRE(any.look() == 4);
  REQUIRE(readable(any));
  any.remove(mine.get());
  REQUIRE_FALSE(readable(any));
}

TEST_CASE("removing what was not added changes nothing", "[platform][any_ready]") {
  auto any = must(AnyReady::create());
  const auto other = must(Wakeup::create());
  any.remove(other.get());
  any.remove(-1);
  REQUIRE(any.look() == 0);
  must(any.add(other.get(), Interest::Readable, 1));
  REQUIRE_FALSE(any.add(other.get(), Interest::Readable, 1));
}

}  // namespace
}  // namespace tarn::platform
