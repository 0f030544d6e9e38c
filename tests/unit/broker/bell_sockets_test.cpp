#include "middleware/broker/bell_sockets.hpp"

#include <string>

#include "platform/datagram_socket.hpp"
#include "platform/poll_wait.hpp"
#include "platform/runtime_directory.hpp"
#include "platform/shared_file.hpp"
#include "platform/unix_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace tarn;
using namespace tarn::test;
using broker::BellSockets;

namespace {

bool nobody(std::uint32_t) { return false; }

bool exists(const std::string& path) { return must(platform::path_facts(path)).exists(); }

// A group that its owner may give a file to, whoever runs the test.
std::uint32_t own_group(const TemporaryDirectory& home) {
  return must(platform::path_facts(home.path())).gid;
}

}  // namespace

TEST_CASE("the directory of bells has the rights of the runtime directory", "[broker]") {
  const TemporaryDirectory home;
  SECTION("of its owner alone") {
    const BellSockets bells(home.file("bells"), std::nullopt);
    must(bells.settle(nobody));
    CHECK(must(platform::path_facts(home.file("bells"))).mode == 0700);
    const auto bound = must(bells.bind(3));
    CHECK(must(platform::path_facts(home.file("bells/3"))).mode == 0600);
  }
  SECTION("and of a group that may publish") {
    const BellSockets bells(home.file("bells"), own_group(home));
    must(bells.settle(nobody));
    CHECK(must(platform::path_facts(home.file("bells"))).mode == 0750);
    const auto bound = must(bells.bind(3));
    CHECK(must(platform::path_facts(home.file("bells/3"))).mode == 0660);
  }
  SECTION("also one that another broker made with other rights") {
    must(BellSockets(home.file("bells"), std::nullopt).settle(nobody));
    must(BellSockets(home.file("bells"), own_group(home)).settle(nobody));
    CHECK(must(platform::path_facts(home.file("bells"))).mode == 0750);
  }
}

TEST_CASE("a new broker keeps the bells of the living and removes the others", "[broker]") {
  const TemporaryDirectory home;
  const BellSockets bells(home.file("bells"), std::nullopt);
  must(bells.settle(nobody));
  const auto living = must(bells.bind(1));
  const auto dead = must(bells.bind(2));
  (void)must(platform::open_or_create_file(home.file("bells/02"), 0600));
  must(bells.settle([](std::uint32_t waiter) { return waiter == 1; }));
  const auto sender = must(platform::DatagramSender::create(home.file("bells")));
  CHECK(sender.send(1) == platform::DatagramSent::Sent);
  CHECK(must(platform::wait_ready(living.get(), platform::Interest::Readable,
                                  platform::MonotonicTime::min())));
  CHECK_FALSE(exists(home.file("bells/2")));
  CHECK(exists(home.file("bells/02")));
}

TEST_CASE("a bell ends with its waiter, and all of them with the domain", "[broker]") {
  const TemporaryDirectory home;
  const BellSockets bells(home.file("bells"), std::nullopt);
  must(bells.settle(nobody));
  (void)must(bells.bind(1));
  (void)must(bells.bind(2));
  bells.remove(1);
  CHECK_FALSE(exists(home.file("bells/1")));
  bells.remove(1);
  SECTION("a waiter's next socket takes the place of its last") { CHECK(bells.bind(2)); }
  bells.remove_all();
  CHECK_FALSE(exists(home.file("bells")));
}

TEST_CASE("a bell that cannot be is refused with the reason", "[broker]") {
  const TemporaryDirectory home;
  SECTION("its path is too long for a socket") {
    const std::string path = home.file(std::string(platform::kSocketPathBytes, 'x'));
    const BellSockets bells(path, std::nullopt);
    must(bells.settle(nobody));
    const auto refused = bells.bind(1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidRuntime);
    CHECK_THAT(refused.error().message(), contains_text("shorter runtime directory"));
  }
  SECTION("something else has the directory's name") {
    (void)must(platform::open_or_create_file(home.file("bells"), 0600));
    const auto refused = BellSockets(home.file("bells"), std::nullopt).settle(nobody);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidRuntime);
  }
}
