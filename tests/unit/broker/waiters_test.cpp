#include "middleware/broker/waiters.hpp"

#include <string>
#include <utility>

#include "middleware/ring/ring_layout.hpp"
#include "platform/datagram_socket.hpp"
#include "platform/poll_wait.hpp"
#include "platform/runtime_directory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;

using directory::RecordState;
using directory::state_word;
using directory::SubscriberRecordLayout;
using directory::WaiterRecordLayout;

namespace {

ring::WaiterLayout& words_of(TestBroker& broker, std::uint32_t waiter) {
  return *broker.pool().line<ring::WaiterLayout>(broker.record<WaiterRecordLayout>(waiter).line);
}

bool exists(const TestBroker& broker, const std::string& name) {
  return must(platform::path_facts(broker.directory() + "/" + name)).exists();
}

bool is_rung(const platform::FileDescriptor& bell) {
  return must(platform::wait_ready(bell.get(), platform::Interest::Readable,
                                   platform::MonotonicTime::min()));
}

}  // namespace

TEST_CASE("a waiter of its own is a record and a line in a block of its client",
          "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto made = must(client.create_waiter());
  CHECK(broker.state<WaiterRecordLayout>(made.waiter) == RecordState::Active);
  const auto& record = broker.record<WaiterRecordLayout>(made.waiter);
  CHECK(record.client == client.index());
  CHECK(record.flags == directory::kWaiterAlone);
  const auto* const owner = broker.pool().record<std::uint32_t>(
      broker.pool().geometry().block_owners, record.line / broker.pool().geometry().block.lines);
  CHECK(*owner == client.index() + 1);

  must(client.close(made));
  CHECK(broker.in_use<WaiterRecordLayout>() == 0);
  const auto again = client.close(made);
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == Errc::InvalidArgument);
}

TEST_CASE("a line that is granted anew has its own bell and goes on counting sleeps",
          "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto first = must(client.create_waiter());
  const std::uint32_t line = broker.record<WaiterRecordLayout>(first.waiter).line;
  words_of(broker, first.waiter) = {
      .sleep = 8, .bed = ring::bed_word({ring::BedKind::Delegate, 3}), .reserved = {}};
  must(client.close(first));
  const auto second = must(client.create_waiter());
  REQUIRE(broker.record<WaiterRecordLayout>(second.waiter).line == line);
  CHECK(words_of(broker, second.waiter).sleep == 8);
  CHECK(words_of(broker, second.waiter).bed == ring::bed_word({}));
}

TEST_CASE("the waiter of a subscription is closed with it and not by itself", "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  const auto refused = client.close(
      wire::WaiterCreated{.waiter = subscriber.waiter,
                          .generation = directory::record_generation(
                              broker.record<WaiterRecordLayout>(subscriber.waiter).state)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidArgument);
  CHECK(broker.in_use<WaiterRecordLayout>() == 1);
}

TEST_CASE("nobody closes the waiter of another client", "[broker][waiters]") {
  TestBroker broker;
  WireClient owner(broker, "owner");
  WireClient other(broker, "other");
  const auto made = must(owner.create_waiter());
  CHECK_FALSE(other.close(made));
  CHECK(broker.in_use<WaiterRecordLayout>() == 1);
  CHECK_FALSE(owner.close(wire::WaiterCreated{.waiter = made.waiter + 1, .generation = 0}));
  CHECK_FALSE(owner.close(wire::WaiterCreated{.waiter = 70'000, .generation = 0}));
}

TEST_CASE("waiters are limited, and the refusal names the key", "[broker][waiters]") {
  broker::BrokerOptions options;
  options.limits.waiters = 3;
  TestBroker broker(options);
  WireClient client(broker, "greedy");
  (void)client.subscribe("imu", type("Imu", 32));
  must(client.create_waiter());
  must(client.create_waiter());
  const auto refused = client.create_waiter();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyWaiters);
  CHECK_THAT(refused.error().message(),
             contains_text("all 3 waiters") && contains_text("limits.waiters"));
  const auto reader = client.create_subscriber({.topic = "b", .type = type("Imu", 32)});
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code() == Errc::TooManyWaiters);
}

TEST_CASE("waiters leave listed topics the lines that they were promised", "[broker][waiters]") {
  broker::BrokerOptions options;
  options.rules.rules = {
      {.name = "listed", .payload_bytes = 32, .publishers = 1, .subscribers = 8, .orphans = 1}};
  options.limits = {.clients = 2, .memberships = 64, .waiters = 64};
  TestBroker broker(options);
  WireClient greedy(broker, "greedy");
  WireClient modest(broker, "modest");
  Errc code = Errc::System;
  for (int i = 0; i < 100; ++i) {
    const auto made = greedy.create_waiter();
    if (made) continue;
    code = made.error().code();
    break;
  }
  CHECK(code == Errc::TooManyMemberships);
  for (int i = 0; i < 8; ++i) (void)modest.subscribe("listed", type("Imu", 32));
}

TEST_CASE("a client that leaves takes its waiters along", "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  must(client.create_waiter());
  must(client.create_waiter());
  SECTION("in order") {
    must(client.goodbye());
    CHECK(broker.all_free());
  }
  SECTION("or dead, and asleep") {
    const auto asleep = must(client.create_waiter());
    auto& words = words_of(broker, asleep.waiter);
    words.sleep = 7;
    client.vanish();
    CHECK(broker.pump_until([&] { return broker.all_free(); }));
    CHECK(words.sleep == 8);
  }
}

TEST_CASE("a broker takes over the waiters of living clients", "[broker][waiters][adoption]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto made = must(client.create_waiter());
  const std::uint32_t line = broker.record<WaiterRecordLayout>(made.waiter).line;
  broker.kill();
  must(broker.start());
  WireClient again(broker);
  must(again.resume(client, "fusion"));
  CHECK(broker.in_use<WaiterRecordLayout>() == 1);
  const auto next = must(again.create_waiter());
  CHECK(broker.record<WaiterRecordLayout>(next.waiter).line != line);
  must(again.close(made));
  must(again.goodbye());
  CHECK(broker.all_free());
}

TEST_CASE("a broker takes over no waiter without a client", "[broker][waiters][adoption]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto made = must(client.create_waiter());
  broker.record<WaiterRecordLayout>(made.waiter).client = client.index() + 1;
  broker.kill();
  const auto started = broker.start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code() == Errc::Corrupt);
}

TEST_CASE("a waiter whose grant was never heard of is taken back", "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto made = must(client.create_waiter());
  broker.record<WaiterRecordLayout>(made.waiter).request += 1;
  client.disconnect();
  WireClient again(broker);
  must(again.resume(client, "fusion"));
  CHECK(broker.in_use<WaiterRecordLayout>() == 0);
}

TEST_CASE("a waiter gets the bound end of a socket that others ring by its path",
          "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "gui");
  const auto made = must(client.create_waiter());
  const std::string path = "bells/" + std::to_string(made.waiter);
  CHECK_FALSE(exists(broker, path));
  auto bell = must(client.open_doorbell(made));
  const auto sender = must(platform::DatagramSender::create(broker.directory() + "/bells"));
  CHECK_FALSE(is_rung(bell));
  CHECK(sender.send(made.waiter) == platform::DatagramSent::Sent);
  CHECK(is_rung(bell));
  SECTION("once more, when the first one is lost") {
    bell = must(client.open_doorbell(made));
    CHECK(sender.send(made.waiter) == platform::DatagramSent::Sent);
    CHECK(is_rung(bell));
  }
  SECTION("over the death of the broker, as long as the client lives") {
    broker.kill();
    must(broker.start());
    CHECK(exists(broker, path));
    CHECK(sender.send(made.waiter) == platform::DatagramSent::Sent);
  }
  SECTION("and the path ends with the waiter") {
    must(client.close(made));
    CHECK_FALSE(exists(broker, path));
  }
  SECTION("and the path ends with the client that leaves") {
    must(client.goodbye());
    CHECK_FALSE(exists(broker, path));
  }
}

TEST_CASE("nobody gets the socket of another's waiter, or of a subscription's",
          "[broker][waiters]") {
  TestBroker broker;
  WireClient client(broker, "gui");
  WireClient other(broker, "other");
  const auto made = must(client.create_waiter());
  const auto refused = other.open_doorbell(made);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidArgument);
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  CHECK_FALSE(client.open_doorbell({.waiter = subscriber.waiter, .generation = 1}));
  CHECK_FALSE(client.open_doorbell({.waiter = made.waiter, .generation = made.generation + 1}));
  CHECK_FALSE(client.open_doorbell({.waiter = 1'000'000, .generation = 1}));
}
