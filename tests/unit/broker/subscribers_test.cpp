#include "middleware/broker/subscribers.hpp"

#include <array>

#include "middleware/ring/protocol.h"
#include "middleware/ring/ring_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;

using directory::RecordState;
using directory::RingRecordLayout;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

namespace {

broker::BrokerOptions reliable_topic() {
  broker::BrokerOptions options;
  options.rules.rules.push_back({.name = "cmd", .overflow = directory::Overflow::Block});
  return options;
}

}  // namespace

TEST_CASE("a subscriber gets a record, lines in a block of its own and a waiter",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto created = client.subscribe("imu", type("Imu", 32));

  const auto& record = broker.record<SubscriberRecordLayout>(created.subscriber);
  CHECK(broker.state<SubscriberRecordLayout>(created.subscriber) == RecordState::Active);
  CHECK(record.client == client.index());
  CHECK(record.held == 2);
  CHECK(record.depth == 16);
  CHECK(record.waiter == created.waiter);
  const auto& waiter = broker.record<WaiterRecordLayout>(created.waiter);
  const auto lines_per_block = broker.pool().geometry().block.lines;
  for (const std::uint32_t line : {record.counters_line, record.pins_line, waiter.line}) {
    const auto* owner = broker.pool().record<std::uint32_t>(broker.pool().geometry().block_owners,
                                                            line / lines_per_block);
    CHECK(*owner == client.index() + 1);
  }
  CHECK(broker.record<TopicRecordLayout>(created.topic).subscriber_count == 1);
}

TEST_CASE("a subscriber is entered with every active ring of its topic and no other",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient camera(broker, "camera");
  const auto first = camera.publish("a", type("Frame", 32));
  const auto second = camera.publish("a", type("Frame", 32));
  const auto other = camera.publish("b", type("Frame", 32));
  const auto version = broker.record<RingRecordLayout>(first.ring).members_version;

  const auto subscriber = camera.subscribe("a", type("Frame", 32));
  CHECK(join_line(broker, first.ring, subscriber.subscriber));
  CHECK(join_line(broker, second.ring, subscriber.subscriber));
  CHECK_FALSE(join_line(broker, other.ring, subscriber.subscriber));
  CHECK(broker.record<RingRecordLayout>(first.ring).members_version == version + 1);
  CHECK(broker.record<SubscriberRecordLayout>(subscriber.subscriber).first_ring_generation ==
        other.ring_generation);
}

TEST_CASE("a join line says that nobody has joined, whatever it said before",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto ring = client.publish("a", type("Frame", 32));
  for (int round = 0; round < 2; ++round) {
    const auto subscriber = client.subscribe("a", type("Frame", 32));
    const auto line = join_line(broker, ring.ring, subscriber.subscriber);
    REQUIRE(line);
    const auto& join = *broker.pool().line<ring::JoinLayout>(*line);
    CHECK(join.cursor == ring::kJoining);
    CHECK(join.ring_name == 0);
    leave(broker, ring, subscriber);
    must(client.close(subscriber));
  }
}

TEST_CASE("a sleep word goes on where its line's former owner left it", "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto first = client.subscribe("a", type("Frame", 32));
  const std::uint32_t line = broker.record<WaiterRecordLayout>(first.waiter).line;
  broker.pool().line<ring::WaiterLayout>(line)->sleep = 42;
  must(client.close(first));
  const auto second = client.subscribe("a", type("Frame", 32));
  REQUIRE(broker.record<WaiterRecordLayout>(second.waiter).line == line);
  CHECK(broker.pool().line<ring::WaiterLayout>(line)->sleep == 42);
}

TEST_CASE("more than the topic gives is refused with both numbers and the key",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto imu = type("Imu", 32);
  struct Row {
    wire::CreateSubscriber request;
    const char* key;
  };
  const std::array rows{
      Row{{.topic = "imu", .type = imu, .depth = 17}, "defaults.depth"},
      Row{{.topic = "imu", .type = imu, .history = 2}, "defaults.history"},
      Row{{.topic = "imu", .type = imu, .held = 3}, "defaults.held"},
  };
  for (const Row& row : rows) {
    const auto refused = client.create_subscriber(row.request);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidArgument);
    CHECK_THAT(refused.error().message(), contains_text(row.key));
  }
  CHECK(broker.in_use<SubscriberRecordLayout>() == 0);
  CHECK(broker.in_use<TopicRecordLayout>() == 0);
}

TEST_CASE("less than the topic gives is granted as asked", "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto created = must(client.create_subscriber(
      {.topic = "imu", .type = type("Imu", 32), .depth = 3, .history = 1, .held = 1}));
  const auto& record = broker.record<SubscriberRecordLayout>(created.subscriber);
  CHECK(record.depth == 3);
  CHECK(record.history == 1);
  CHECK(record.held == 1);
}

TEST_CASE("reliable is for topics that wait", "[broker][subscribers]") {
  TestBroker broker(reliable_topic());
  WireClient client(broker, "motor");
  const auto flags_of = [&](std::string_view topic, wire::Reliability reliability) {
    const auto created = must(client.create_subscriber(
        {.topic = topic, .type = type("Command", 32), .reliability = reliability}));
    return broker.record<SubscriberRecordLayout>(created.subscriber).flags;
  };
  CHECK(flags_of("cmd", wire::Reliability::OfTopic) == directory::kSubscriberReliable);
  CHECK(flags_of("cmd", wire::Reliability::Reliable) == directory::kSubscriberReliable);
  CHECK(flags_of("cmd", wire::Reliability::BestEffort) == 0);
  CHECK(flags_of("imu", wire::Reliability::OfTopic) == 0);
  const auto refused = client.create_subscriber(
      {.topic = "imu", .type = type("Command", 32), .reliability = wire::Reliability::Reliable});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::NotReliable);
  CHECK_THAT(refused.error().message(), contains_text("topics.imu.overflow"));
}

TEST_CASE("one subscriber too many is refused, and there is room again when one has gone",
          "[broker][subscribers]") {
  broker::BrokerOptions options;
  options.rules.defaults.subscribers = 1;
  TestBroker broker(options);
  WireClient client(broker, "fusion");
  const auto first = client.subscribe("imu", type("Imu", 32));
  const auto refused = client.create_subscriber({.topic = "imu", .type = type("Imu", 32)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManySubscribers);
  CHECK_THAT(refused.error().message(),
             contains_text("defaults.subscribers") && contains_text("1 of 1"));
  must(client.close(first));
  CHECK(client.create_subscriber({.topic = "imu", .type = type("Imu", 32)}));
}

TEST_CASE("one waiter too many is refused with the key", "[broker][subscribers]") {
  broker::BrokerOptions options;
  options.limits.waiters = 1;
  TestBroker broker(options);
  WireClient client(broker, "fusion");
  client.subscribe("a", type("Imu", 32));
  const auto refused = client.create_subscriber({.topic = "b", .type = type("Imu", 32)});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::TooManyWaiters);
  CHECK_THAT(refused.error().message(), contains_text("limits.waiters"));
  CHECK(broker.in_use<TopicRecordLayout>() == 1);
}

TEST_CASE("without lines left a subscriber is refused and nothing stays behind",
          "[broker][subscribers]") {
  broker::BrokerOptions options;
  options.limits.clients = 1;
  options.limits.memberships = 32;  // two blocks in all
  options.limits.waiters = 64;
  options.rules.defaults.subscribers = 1;
  TestBroker broker(options);
  WireClient client(broker, "fusion");
  const auto per_block = broker.pool().geometry().block.subscriptions;
  const auto most = per_block * broker.pool().geometry().blocks.count;
  std::uint32_t granted = 0;
  Errc code{};
  std::string text;
  for (std::uint32_t i = 0; i <= most; ++i) {
    const std::string topic = "t" + std::to_string(i);
    const auto created = client.create_subscriber({.topic = topic, .type = type("Imu", 32)});
    if (!created) {
      code = created.error().code();
      text = created.error().message();
      break;
    }
    ++granted;
  }
  // The table of subscribers may be the smaller one.
  CHECK(granted == std::min(most, broker.pool().geometry().subscribers.count));
  CHECK((code == Errc::TooManyMemberships || code == Errc::TooManySubscribers));
  CHECK_THAT(text, contains_text("limits.memberships"));
  CHECK(broker.in_use<TopicRecordLayout>() == granted);
}

TEST_CASE("closing a subscription clears its entries and frees its lines",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto ring = client.publish("imu", type("Imu", 32));
  const auto subscriber = client.subscribe("imu", type("Imu", 32));
  const auto version = broker.record<RingRecordLayout>(ring.ring).members_version;
  leave(broker, ring, subscriber);
  must(client.close(subscriber));
  CHECK(broker.in_use<SubscriberRecordLayout>() == 0);
  CHECK(broker.in_use<WaiterRecordLayout>() == 0);
  CHECK(broker.active_members() == 0);
  CHECK(broker.record<RingRecordLayout>(ring.ring).members_version == version + 1);
  CHECK(broker.record<TopicRecordLayout>(ring.topic).subscriber_count == 0);
}

TEST_CASE("a subscription that holds a sample stays until the last one is released",
          "[broker][subscribers]") {
  TestBroker broker;
  WireClient client(broker, "fusion");
  const auto ring = client.publish("frame", type("Frame", 1000));
  const auto subscriber = client.subscribe("frame", type("Frame", 1000));
  join(broker, ring, subscriber, 1);
  std::uint32_t& pin = pin_of(broker, subscriber);
  pin = broker.record<RingRecordLayout>(ring.ring).gid_base + 1;
  leave(broker, ring, subscriber);
  must(client.close(subscriber));

  CHECK(broker.state<SubscriberRecordLayout>(subscriber.subscriber) == RecordState::Closing);
  CHECK(join_line(broker, ring.ring, subscriber.subscriber));  // its pins are still scanned
  tarn_pin_release(&pin);
  CHECK(broker.pump_until([&] { return broker.in_use<SubscriberRecordLayout>() == 0; }));
  CHECK(broker.active_members() == 0);
}

TEST_CASE("nobody closes what is not his or not there", "[broker][subscribers]") {
  TestBroker broker;
  WireClient mine(broker, "mine");
  WireClient other(broker, "other");
  const auto subscriber = mine.subscribe("imu", type("Imu", 32));
  auto stale = subscriber;
  ++stale.generation;
  auto absent = subscriber;
  absent.subscriber = 0x00FFFFFF;
  for (const auto& refused : {other.close(subscriber), mine.close(stale), mine.close(absent)}) {
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidArgument);
  }
  CHECK(broker.state<SubscriberRecordLayout>(subscriber.subscriber) == RecordState::Active);
  must(mine.close(subscriber));
}
