#include "middleware/broker/sessions.hpp"

#include <array>
#include <deque>
#include <random>
#include <vector>

#include "platform/poller.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/leak_check.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using directory::ClientRecordLayout;

namespace {

std::vector<std::byte> encoded(const wire::Request& request) {
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  const auto packet = must(wire::encode_request(request, 1, buffer));
  return {packet.begin(), packet.end()};
}

std::vector<std::byte> random_bytes(std::mt19937& random, std::size_t most) {
  std::vector<std::byte> bytes(1 + random() % most);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// Something that looks more or less like a request: the deeper it gets, the better the test.
std::vector<std::byte> random_packet(std::mt19937& random) {
  const std::array samples{
      encoded(wire::Hello{.layout_version = pool::kLayoutVersion, .node = "fuzz"}),
      encoded(wire::Hello{.layout_version = 99, .observer = true, .node = "fuzz"}),
      encoded(wire::Ready{}),
      encoded(wire::CreatePublisher{.topic = "fuzz", .type = type("Fuzz", 64), .publisher = ""}),
      encoded(wire::CreateSubscriber{.topic = "fuzz", .type = type("Fuzz", 64)}),
      encoded(wire::ClosePublisher{.ring = 1, .ring_generation = 1}),
      encoded(wire::Goodbye{}),
  };
  if (random() % 4 == 0) return random_bytes(random, 256);
  auto packet = samples[random() % samples.size()];
  const auto flips = random() % 4;
  for (std::uint32_t i = 0; i < flips; ++i) {
    packet[random() % packet.size()] = static_cast<std::byte>(random());
  }
  if (random() % 8 == 0) packet.resize(1 + random() % packet.size());
  return packet;
}

}  // namespace

TEST_CASE("an observer gets the pool read-only, no record and no liveness byte",
          "[broker][sessions]") {
  TestBroker broker;
  WireClient observer(broker);
  must(observer.hello({.layout_version = pool::kLayoutVersion, .observer = true, .node = "top"}));
  CHECK(observer.index() == wire::kNoIndex);
  CHECK(observer.alive_fd() == -1);
  CHECK(broker.header().observers == 1);
  CHECK(broker.in_use<ClientRecordLayout>() == 0);
  const auto bytes = static_cast<std::size_t>(observer.welcome().pool_bytes);
  CHECK_FALSE(platform::FileMapping::map_writable(observer.pool_file(), bytes, "pool"));
  CHECK(platform::FileMapping::map_read_only(observer.pool_file(), bytes, "pool"));
  SECTION("and is gone with its connection") { observer.disconnect(); }
  SECTION("and may say goodbye") { must(observer.goodbye()); }
  broker.pump();
  CHECK(broker.header().observers == 0);
}

TEST_CASE("one observer too many is refused with the key", "[broker][sessions]") {
  broker::BrokerOptions options;
  options.limits.observers = 0;
  TestBroker broker(options);
  WireClient observer(broker);
  const auto refused =
      observer.hello({.layout_version = pool::kLayoutVersion, .observer = true, .node = "top"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyObservers);
  CHECK_THAT(refused.error().message(), contains_text("limits.observers"));
}

TEST_CASE("other versions are refused in words that name both", "[broker][sessions]") {
  TestBroker broker;
  WireClient client(broker);
  SECTION("of the protocol") {
    const auto refused = client.hello({.min_version = 7, .max_version = 9, .node = "new"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::VersionMismatch);
    CHECK_THAT(refused.error().message(), contains_text("7 to 9"));
  }
  SECTION("of the layout") {
    const auto refused = client.hello({.layout_version = 77, .node = "new"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::VersionMismatch);
    CHECK_THAT(refused.error().message(),
               contains_text("77") && contains_text("has " + std::to_string(pool::kLayoutVersion)));
  }
  CHECK(client.is_closed());
  CHECK(broker.header().protocol_errors == 0);  // it said what it was, as it should
  CHECK(broker.header().refused_requests == 1);
}

TEST_CASE("what cannot be a request ends its connection, with one line and a count",
          "[broker][sessions]") {
  TestBroker broker;
  WireClient bystander(broker, "bystander");
  WireClient client(broker);
  const auto lines = broker.lines().size();
  SECTION("garbage") {
    const std::array<std::byte, 3> garbage{std::byte{1}, std::byte{2}, std::byte{3}};
    REQUIRE(client.send_raw(garbage));
  }
  SECTION("a request that is cut short") {
    auto packet = encoded(wire::Hello{.node = "short"});
    packet.pop_back();
    REQUIRE(client.send_raw(packet));
  }
  SECTION("a packet larger than any may be") {
    const std::vector<std::byte> large(kMaxPacketBytes + 1);
    REQUIRE(client.send_raw(large));
  }
  SECTION("a request out of order") { REQUIRE(client.send_raw(encoded(wire::Ready{}))); }
  SECTION("a request with an fd, which is not taken") {
    broker.pump();
    const auto before = open_descriptors().size();
    REQUIRE(client.send_fd(encoded(wire::Hello{.node = "fd"}), bystander.alive_fd()));
    broker.pump();
    CHECK(open_descriptors().size() == before - 1);  // the connection itself
  }
  CHECK(client.is_closed());
  CHECK(broker.header().protocol_errors == 1);
  CHECK(broker.lines().size() == lines + 1);
  CHECK(bystander.try_publish("imu", type("Imu", 32)));
}

TEST_CASE("a client that asks out of order keeps what it has", "[broker][sessions]") {
  TestBroker broker;
  WireClient client(broker, "imu");
  const auto ring = client.publish("imu", type("Imu", 32));
  REQUIRE(client.send_raw(encoded(wire::Ready{})));
  CHECK(client.is_closed());
  CHECK(broker.state<directory::RingRecordLayout>(ring.ring) == directory::RecordState::Active);
}

TEST_CASE("who stops in the middle of the handshake is dropped", "[broker][sessions]") {
  broker::BrokerOptions options;
  options.handshake_limit = std::chrono::milliseconds(20);
  TestBroker broker(options);
  WireClient client(broker);
  SECTION("before hello") {}
  SECTION("after hello") {
    must(client.hello({.layout_version = pool::kLayoutVersion, .node = "slow"}));
    CHECK(broker.in_use<ClientRecordLayout>() == 1);
  }
  CHECK(broker.pump_until([&] { return broker.logged("was not ready within 20 ms"); }));
  CHECK(client.is_closed());
  CHECK(broker.in_use<ClientRecordLayout>() == 0);
}

TEST_CASE("sixteen may be in the middle of the handshake, more of them wait",
          "[broker][sessions]") {
  TestBroker broker;
  WireClient open(broker, "open");
  const auto before = broker.header().connections;
  std::deque<WireClient> crowd;
  for (int i = 0; i < 20; ++i) crowd.emplace_back(broker);
  for (int round = 0; round < 4; ++round) broker.pump();
  CHECK(broker.header().connections == before + broker::kMostPendingSessions);
  CHECK(open.try_publish("imu", type("Imu", 32)));
  for (int i = 0; i < 4; ++i) crowd.pop_front();
  for (int round = 0; round < 4; ++round) broker.pump();
  CHECK(broker.header().connections == before + 20);
}

TEST_CASE("what was granted to a connection that has gone is taken back", "[broker][sessions]") {
  TestBroker broker;
  WireClient client(broker, "gone");
  std::array<std::byte, wire::kMaxControlBytes> buffer;
  const bool publishes = GENERATE(true, false);
  const auto packet = must(
      publishes
          ? wire::encode_request(
                wire::CreatePublisher{.topic = "imu", .type = type("Imu", 32), .publisher = "x"}, 1,
                buffer)
          : wire::encode_request(wire::CreateSubscriber{.topic = "imu", .type = type("Imu", 32)}, 1,
                                 buffer));
  REQUIRE(client.send_raw(packet));
  client.disconnect();
  broker.pump();
  // To hang up is anybody's right.
  CHECK_FALSE(broker.logged("closed a connection"));
  CHECK(broker.header().ring_generation == (publishes ? 1 : 0));
  CHECK(broker.in_use<directory::RingRecordLayout>() == 0);
  CHECK(broker.in_use<directory::SubscriberRecordLayout>() == 0);
  CHECK(broker.in_use<directory::TopicRecordLayout>() == 0);
}

TEST_CASE("who never reads its replies is cut off and holds up nobody", "[broker][sessions]") {
  TestBroker broker;
  WireClient bystander(broker, "bystander");
  WireClient deaf(broker, "deaf");
  const auto question = encoded(wire::ClosePublisher{.ring = 5, .ring_generation = 5});
  // Enough for any socket's queue, however large it is made by default.
  for (int i = 0; i < 100'000 && !broker.logged("cannot be answered"); ++i) {
    deaf.send_raw(question);
    must(broker.broker().poll_once(platform::monotonic_now()));
  }
  CHECK(broker.logged("cannot be answered"));
  CHECK(bystander.try_publish("imu", type("Imu", 32)));
}

TEST_CASE("a hundred thousand random packets disturb nobody else", "[broker][sessions]") {
  TestBroker broker;
  WireClient bystander(broker, "bystander");
  const auto ring = bystander.publish("imu", type("Imu", 32));
  const auto descriptors = open_descriptors().size();
  std::mt19937 random(seed());
  std::optional<WireClient> attacker;
  for (int i = 0; i < 100'000; ++i) {
    if (!attacker) attacker.emplace(broker);
    const bool sent = attacker->send_raw(random_packet(random));
    must(broker.broker().poll_once(platform::monotonic_now()));
    if (!sent || random() % 16 == 0) attacker.reset();
    if (i % 10'000 == 0) must(bystander.close(bystander.publish("gps", type("Gps", 32))));
  }
  attacker.reset();
  broker.pump();
  CHECK(broker.header().protocol_errors > 10'000);
  CHECK(broker.lines().size() < 1000);
  CHECK(broker.in_use<ClientRecordLayout>() == 1);
  CHECK(broker.header().observers == 0);
  CHECK(open_descriptors().size() == descriptors);
  must(bystander.close(ring));
  must(bystander.goodbye());
  CHECK(broker.all_free());
}
