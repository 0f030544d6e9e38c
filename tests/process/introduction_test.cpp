// Who meets whom: domains that do not see each other, types that do not fit, brokers that are not
// there.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

#include <tarn/tarn.hpp>

#include "platform/file_descriptor.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pass_set.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

namespace {

// Sees what the test's own messages look like under another domain's eyes: same name, other fields.
namespace other {
struct Small {
  std::uint32_t writer;
  std::uint32_t reserved;
  std::uint64_t number;
  double words[2];
  std::uint64_t checksum;
};
TARN_MESSAGE(Small, writer, reserved, number, words, checksum)
}  // namespace other

// A socket with a queue that nobody ever looks into.
platform::FileDescriptor listen_and_ignore(const std::string& path) {
  platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto* plain = reinterpret_cast<const sockaddr*>(&address);
  REQUIRE(::bind(socket.get(), plain, sizeof address) == 0);
  REQUIRE(::listen(socket.get(), 4) == 0);
  return socket;
}

void check_no_broker(const NodeOptions& options, const std::string& socket_path) {
  const auto node = Node::open(options);
  REQUIRE_FALSE(node);
  CHECK(to_string(node.error().code()) == to_string(Errc::NoBroker));
  CHECK_THAT(node.error().message(), contains_text(socket_path));
}

}  // namespace

TEST_CASE("two domains with the same topic do not see each other", "[process]") {
  const TestDomain here;
  const TestDomain there;
  auto node_here = here.open("node");
  auto node_there = there.open("node");
  auto publisher_here = must(node_here.publisher<Small>("topic"));
  auto publisher_there = must(node_there.publisher<Small>("topic"));
  auto subscriber_here = must(node_here.subscriber<Small>("topic"));
  auto subscriber_there = must(node_there.subscriber<Small>("topic"));
  for (std::uint64_t number = 1; number <= 10; ++number) {
    must(publisher_here.send(numbered<Small>(1, number)));
    must(publisher_there.send(numbered<Small>(2, number)));
  }
  for (std::uint64_t number = 1; number <= 10; ++number) {
    const auto sample_here = subscriber_here.try_take();
    const auto sample_there = subscriber_there.try_take();
    REQUIRE(sample_here);
    REQUIRE(sample_there);
    CHECK(sample_here->writer == 1);
    CHECK(sample_there->writer == 2);
  }
  CHECK_FALSE(subscriber_here.try_take());
  CHECK_FALSE(subscriber_there.try_take());
  CHECK(subscriber_here.publisher_count() == 1);
  CHECK(publisher_here.subscriber_count() == 1);
}

TEST_CASE("a domain that lost its broker does not turn to another one", "[process]") {
  const TestDomain here;
  TestDomain there;
  auto node = there.open("node");
  there.kill_broker();
  auto options = there.node("late");
  options.timeout = std::chrono::milliseconds(100);
  check_no_broker(options, there.socket_path());
}

TEST_CASE("a type that differs is refused with both types and the first field that differs",
          "[process]") {
  const TestDomain domain;
  auto node = domain.open("node");
  auto publisher = must(node.publisher<Small>("topic"));
  auto subscriber = must(node.subscriber<Small>("topic"));
  SECTION("by name") {
    const auto refused = node.subscriber<Large>("topic");
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().code()) == to_string(Errc::TypeMismatch));
    CHECK_THAT(refused.error().message(), contains_text("'topic'"));
    CHECK_THAT(refused.error().message(), contains_text("Small"));
    CHECK_THAT(refused.error().message(), contains_text("Large"));
  }
  SECTION("by a field") {
    const auto refused = node.publisher<other::Small>("topic");
    REQUIRE_FALSE(refused);
    CHECK(to_string(refused.error().code()) == to_string(Errc::TypeMismatch));
    CHECK_THAT(refused.error().message(), contains_text("Small"));
    CHECK_THAT(refused.error().message(), contains_text("words"));
  }
  // Nobody else is disturbed.
  must(publisher.send(numbered<Small>(1, 1)));
  CHECK(subscriber.try_take());
}

TEST_CASE("a topic may change its type once nobody uses it", "[process]") {
  const TestDomain domain;
  auto node = domain.open("node");
  {
    auto publisher = must(node.publisher<Small>("topic"));
    must(publisher.send(numbered<Small>(1, 1)));
    CHECK_FALSE(node.publisher<Large>("topic"));
  }
  auto publisher = must(node.publisher<Large>("topic"));
  auto subscriber = must(node.subscriber<Large>("topic"));
  must(publisher.send(numbered<Large>(1, 1)));
  const auto sample = subscriber.try_take();
  REQUIRE(sample);
  CHECK(is_intact(*sample));
}

TEST_CASE("without a broker a node answers NoBroker with the socket's path", "[process]") {
  const TemporaryDirectory directory;
  const std::string socket_path = directory.file("broker.sock");
  NodeOptions options{.name = "node",
                      .runtime_directory = directory.path(),
                      .timeout = std::chrono::milliseconds(30)};
  SECTION("in an empty directory") { check_no_broker(options, socket_path); }
  SECTION("in a directory that does not exist") {
    options.runtime_directory = directory.file("missing");
    check_no_broker(options, directory.file("missing") + "/broker.sock");
  }
  SECTION("beside the socket of a broker that has died") {
    { const auto socket = listen_and_ignore(socket_path); }
    check_no_broker(options, socket_path);
  }
  SECTION("before one that never answers") {
    const auto socket = listen_and_ignore(socket_path);
    check_no_broker(options, socket_path);
  }
  SECTION("before one whose queue is full") {
    const auto socket = listen_and_ignore(socket_path);
    // Each of these leaves its connection in the queue or meets the full one.
    for (int i = 0; i < 8; ++i) check_no_broker(options, socket_path);
  }
}

TEST_CASE("a node's bad name is refused before anybody is asked", "[process]") {
  const TestDomain domain;
  NodeOptions options = domain.node("");
  CHECK(Node::open(options).error().code() == Errc::InvalidArgument);
  options.name = std::string(kMaxNodeNameBytes + 1, 'x');
  CHECK(Node::open(options).error().code() == Errc::InvalidArgument);
  options.name = std::string(kMaxNodeNameBytes, 'x');
  CHECK(Node::open(options));
}

TEST_CASE("a topic's bad name is refused with the character that is wrong", "[process]") {
  const TestDomain domain;
  auto node = domain.open("node");
  const auto refused = node.publisher<Small>("sensor/im u");
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::InvalidTopic));
  CHECK_THAT(refused.error().message(), contains_text("sensor/im u"));
  CHECK(node.publisher<Small>("tarn/own").error().code() == Errc::InvalidTopic);
  CHECK(node.subscriber<Small>("").error().code() == Errc::InvalidTopic);
}

TEST_CASE("who hangs up before the broker answers is nothing to complain of", "[process]") {
  const TestDomain domain;
  const PoolObserver pool(domain.path());
  const PassSet before(domain);
  const std::uint64_t connections = pool.header().connections;
  ::kill(domain.broker_pid(), SIGSTOP);
  auto options = domain.node("impatient");
  options.timeout = std::chrono::milliseconds(20);
  CHECK_FALSE(Node::open(options));
  ::kill(domain.broker_pid(), SIGCONT);
  // The connection after it is served when it has been.
  CHECK(Node::open(domain.node("patient")));
  CHECK(pool.header().connections == connections + 2);
  before.check();
}

}  // namespace tarn::test
