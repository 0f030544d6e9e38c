#include "middleware/broker/patterns.hpp"

#include <vector>

#include "middleware/ring/protocol.h"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using broker::PoolOrigin;
using directory::MemberEntryLayout;
using directory::PatternRecordLayout;
using directory::RecordState;
using directory::RingRecordLayout;
using directory::state_word;
using directory::SubscriberRecordLayout;
using directory::TopicRecordLayout;
using directory::WaiterRecordLayout;

namespace {

struct Domain {
  explicit Domain(broker::BrokerOptions options = {})
      : broker(std::move(options)), reader(broker, "reader"), writer(broker, "writer") {}

  wire::PatternCreated watch(std::string_view pattern, std::uint32_t history = 0) {
    const auto waiter = must(reader.create_waiter());
    return must(reader.create_pattern({.pattern = pattern,
                                       .type = type("Imu", 32),
                                       .history = history,
                                       .waiter = waiter.waiter,
                                       .waiter_generation = waiter.generation}));
  }
  // The active subscriptions of a pattern.
  std::vector<std::uint32_t> of(const wire::PatternCreated& pattern) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < broker.pool().geometry().subscribers.count; ++i) {
      if (broker.state<SubscriberRecordLayout>(i) != RecordState::Active) continue;
      if (broker.record<SubscriberRecordLayout>(i).pattern == pattern.pattern + 1) {
        found.push_back(i);
      }
    }
    return found;
  }
  PatternRecordLayout& record(const wire::PatternCreated& pattern) {
    return broker.record<PatternRecordLayout>(pattern.pattern);
  }
  std::uint64_t generation(std::uint32_t subscriber) {
    return directory::record_generation(broker.record<SubscriberRecordLayout>(subscriber).state);
  }
  // What the pattern's reader does when it has found a topic to be over.
  void end_reading(std::uint32_t subscriber) {
    const auto line = broker.record<SubscriberRecordLayout>(subscriber).counters_line;
    broker.pool().line<ring::SubscriptionCountersLayout>(line)->ended = generation(subscriber) + 1;
  }
  void next_broker() {
    broker.kill();
    must(broker.start());
    REQUIRE(broker.broker().pool_origin() == PoolOrigin::Adopted);
  }

  TestBroker broker;
  WireClient reader;
  WireClient writer;
};

}  // namespace

TEST_CASE("a pattern is entered with a topic before its first ring is there",
          "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("sensor/**");
  const auto version = domain.record(pattern).version;
  const auto ring = domain.writer.publish("sensor/imu", type("Imu", 32));
  domain.writer.publish("motor/left", type("Imu", 32));
  const auto found = domain.of(pattern);
  REQUIRE(found.size() == 1);
  const auto& subscriber = domain.broker.record<SubscriberRecordLayout>(found[0]);
  CHECK(subscriber.topic == ring.topic);
  CHECK(subscriber.waiter == domain.record(pattern).waiter);
  CHECK(subscriber.first_ring_generation < ring.ring_generation);
  CHECK(join_line(domain.broker, ring.ring, found[0]).has_value());
  CHECK(domain.record(pattern).version != version);
  // A second publisher needs no second subscription.
  domain.writer.publish("sensor/imu", type("Imu", 32));
  CHECK(domain.of(pattern).size() == 1);
}

TEST_CASE("a pattern is entered with the topics that have a publisher when it comes",
          "[broker][patterns]") {
  broker::BrokerOptions options;
  options.rules.defaults.history = 4;
  Domain domain(options);
  domain.writer.publish("sensor/imu", type("Imu", 32));
  domain.writer.subscribe("sensor/waits", type("Imu", 32));
  const auto pattern = domain.watch("sensor/*", 9);
  const auto found = domain.of(pattern);
  REQUIRE(found.size() == 1);
  CHECK(domain.broker.record<SubscriberRecordLayout>(found[0]).history == 4);
  domain.writer.publish("sensor/waits", type("Imu", 32));
  CHECK(domain.of(pattern).size() == 2);
}

TEST_CASE("topics that a pattern cannot read are counted, once each", "[broker][patterns]") {
  broker::BrokerOptions options;
  options.rules.rules.push_back({.name = "sensor/full", .subscribers = 1});
  Domain domain(options);
  domain.writer.publish("sensor/old", type("Other", 8));
  domain.writer.subscribe("sensor/full", type("Imu", 32));
  const auto pattern = domain.watch("sensor/*");
  CHECK(domain.record(pattern).type_mismatches == 1);
  for (int i = 0; i < 2; ++i) {
    domain.writer.publish("sensor/new", type("Other", 8));
    if (i == 0) domain.writer.publish("sensor/full", type("Imu", 32));
  }
  CHECK(domain.record(pattern).type_mismatches == 2);
  CHECK(domain.record(pattern).refused_topics == 1);
  CHECK(domain.broker.logged("sensor/full"));
  CHECK(domain.of(pattern).empty());
}

TEST_CASE("a subscription ends once its reader has left the topic that is over",
          "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("sensor/*");
  const auto ring = domain.writer.publish("sensor/imu", type("Imu", 32));
  const auto found = domain.of(pattern);
  must(domain.writer.close(ring));
  REQUIRE(domain.of(pattern) == found);
  CHECK(domain.broker.in_use<TopicRecordLayout>() == 1);
  domain.end_reading(found[0]);
  REQUIRE(domain.broker.pump_until([&] { return domain.of(pattern).empty(); }));
  CHECK(domain.broker.in_use<TopicRecordLayout>() == 0);
  CHECK(domain.broker.state<WaiterRecordLayout>(domain.record(pattern).waiter) ==
        RecordState::Active);
}

TEST_CASE("a topic that comes again as it is left is given back to the pattern",
          "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("sensor/*");
  const auto first = domain.writer.publish("sensor/imu", type("Imu", 32));
  const auto found = domain.of(pattern);
  must(domain.writer.close(first));
  const auto generation = domain.generation(found[0]);
  const auto version = domain.record(pattern).version;
  SECTION("when its ring comes after it was left") {
    domain.end_reading(found[0]);
    domain.writer.publish("sensor/imu", type("Imu", 32));
  }
  SECTION("when its ring comes just before") {
    domain.writer.publish("sensor/imu", type("Imu", 32));
    domain.end_reading(found[0]);
    // The reader has seen the topic change, and says a word.
    CHECK_FALSE(domain.reader.close(wire::SubscriberCreated{
        .subscriber = found[0], .generation = static_cast<std::uint32_t>(generation)}));
  }
  SECTION("by the next broker") {
    const auto ring = domain.writer.publish("sensor/imu", type("Imu", 32));
    publish_messages(domain.broker, ring, 3);
    domain.end_reading(found[0]);
    domain.next_broker();
  }
  REQUIRE(domain.of(pattern) == found);
  CHECK(domain.generation(found[0]) == generation + 1);
  CHECK(domain.record(pattern).version != version);
  CHECK(domain.broker.active_members() == 1);
}

TEST_CASE("a pattern closes with all its subscriptions", "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("**");
  domain.writer.publish("imu", type("Imu", 32));
  domain.writer.publish("gyro", type("Imu", 32));
  REQUIRE(domain.of(pattern).size() == 2);
  SECTION("when it is asked to") {
    must(domain.reader.close(pattern));
    const auto again = domain.reader.close(pattern);
    REQUIRE_FALSE(again);
    CHECK(again.error().code() == Errc::InvalidArgument);
  }
  SECTION("when its client leaves") { must(domain.reader.goodbye()); }
  SECTION("when its client dies") {
    domain.reader.vanish();
    REQUIRE(
        domain.broker.pump_until([&] { return domain.broker.in_use<PatternRecordLayout>() == 0; }));
  }
  SECTION("by the next broker, where one died in the middle of it") {
    auto& state = domain.record(pattern).state;
    state = state_word(directory::record_generation(state), RecordState::Closing);
    domain.next_broker();
  }
  CHECK(domain.broker.in_use<PatternRecordLayout>() == 0);
  CHECK(domain.broker.in_use<SubscriberRecordLayout>() == 0);
  CHECK(domain.broker.active_members() == 0);
}

TEST_CASE("a broker takes patterns over, and completes what its predecessor began",
          "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("sensor/**");
  domain.writer.publish("sensor/imu", type("Imu", 32));
  const auto waiter = domain.record(pattern).waiter;
  SECTION("with nothing to complete") {}
  SECTION("with a topic it was not entered with yet") {
    // The pattern came to be, and the broker died before it looked at the topics.
    auto& found = domain.broker.record<SubscriberRecordLayout>(domain.of(pattern).at(0));
    found.state = state_word(directory::record_generation(found.state), RecordState::Reserved);
    for (std::uint32_t i = 0; i < domain.broker.pool().geometry().members.count; ++i) {
      domain.broker.record<MemberEntryLayout>(i).member = 0;
    }
  }
  SECTION("with a subscription that is not in the ring yet") {
    for (std::uint32_t i = 0; i < domain.broker.pool().geometry().members.count; ++i) {
      domain.broker.record<MemberEntryLayout>(i).member = 0;
    }
  }
  domain.next_broker();
  CHECK(domain.broker.state<PatternRecordLayout>(pattern.pattern) == RecordState::Active);
  CHECK(domain.broker.state<WaiterRecordLayout>(waiter) == RecordState::Active);
  REQUIRE(domain.of(pattern).size() == 1);
  CHECK(domain.broker.active_members() == 1);
  CHECK(domain.record(pattern).refused_topics == 0);
}

TEST_CASE("what is asked for with a pattern must hold", "[broker][patterns]") {
  Domain domain;
  const auto waiter = must(domain.reader.create_waiter());
  const wire::CreatePattern good{.pattern = "sensor/*",
                                 .type = type("Imu", 32),
                                 .waiter = waiter.waiter,
                                 .waiter_generation = waiter.generation};
  const auto code_of = [&](const wire::CreatePattern& request) {
    const auto refused = domain.reader.create_pattern(request);
    REQUIRE_FALSE(refused);
    return refused.error().code();
  };
  auto bad = good;
  SECTION("its text") {
    bad.pattern = "sensor/*x";
    CHECK(code_of(bad) == Errc::InvalidTopic);
  }
  SECTION("its type") {
    bad.type = {};
    CHECK(code_of(bad) == Errc::InvalidArgument);
  }
  SECTION("its waiter") {
    ++bad.waiter_generation;
    CHECK(code_of(bad) == Errc::InvalidArgument);
    const auto plain = domain.reader.subscribe("imu", type("Imu", 32));
    bad.waiter = plain.waiter;
    bad.waiter_generation = 0;
    CHECK(code_of(bad) == Errc::InvalidArgument);
  }
  CHECK(domain.reader.create_pattern(good));
}

TEST_CASE("topics of tarn's own match no pattern", "[broker][patterns]") {
  Domain domain;
  const auto pattern = domain.watch("**");
  CHECK_FALSE(domain.writer.try_publish("tarn/own", type("Imu", 32)));
  CHECK(domain.of(pattern).empty());
}
