// A configuration takes another's place while a broker is at work, whole or not at all.
#include "middleware/broker/reload.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "middleware/pool/configuration_halves.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "platform/spinning.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using directory::TopicRecordLayout;

namespace {

// What the broker finds when it reads its configuration again.
struct File {
  broker::Reread content{.options = broker::BrokerOptions{}};

  [[nodiscard]] broker::BrokerOptions& options() { return *content.options; }
  [[nodiscard]] plan::TopicRules& rules() { return options().rules; }
  [[nodiscard]] broker::BrokerOptions with_reader() {
    broker::BrokerOptions options = *content.options;
    options.reader = {.read = [](void* self) { return static_cast<File*>(self)->content; },
                      .context = this};
    return options;
  }
};

wire::Reloaded applied(WireClient& client) {
  const auto reply = must(client.reload());
  REQUIRE(std::holds_alternative<wire::Reloaded>(reply));
  return std::get<wire::Reloaded>(reply);
}

wire::ReloadRefused refused(WireClient& client) {
  const auto reply = must(client.reload());
  REQUIRE(std::holds_alternative<wire::ReloadRefused>(reply));
  return std::get<wire::ReloadRefused>(reply);
}

}  // namespace

TEST_CASE("a reload holds for topics that nobody is on", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  file.rules().defaults.depth = 5;
  file.rules().rules = {{.name = "frame", .payload_bytes = 1000, .depth = 7}};
  file.options().unplanned_bytes = 8192;
  CHECK(applied(client).changed == "pool.unplanned\ndefaults\ntopics.frame");
  const auto frame = client.publish("frame", type("Frame", 100));
  const auto other = client.publish("other", type("Other", 100));
  CHECK(broker.record<TopicRecordLayout>(frame.topic).depth == 7);
  CHECK(broker.record<TopicRecordLayout>(frame.topic).payload_bytes == 1000);
  CHECK(broker.record<TopicRecordLayout>(other.topic).depth == 5);
  CHECK(pool::configuration_number(broker.pool()) == 1);
  CHECK(broker.header().last_reload_failed == 0);
  CHECK(broker.header().last_reload_ns > 0);
  SECTION("and one that says the same changes nothing") {
    CHECK(applied(client).changed.empty());
    CHECK(pool::configuration_number(broker.pool()) == 2);
  }
}

TEST_CASE("a topic in use keeps its settings, and its next life has the new ones",
          "[broker][reload]") {
  File file;
  file.rules().rules = {{.name = "frame", .payload_bytes = 1000, .depth = 4, .publishers = 2}};
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto first = client.publish("frame", type("Frame", 100));
  file.rules().rules[0].depth = 9;
  file.rules().rules[0].publishers = 1;
  CHECK(applied(client).live == "frame");
  const auto& record = broker.record<TopicRecordLayout>(first.topic);
  CHECK(record.depth == 4);
  CHECK((record.flags & directory::kTopicFormer) != 0);
  const auto second = client.publish("frame", type("Frame", 100));
  CHECK(second.topic == first.topic);
  must(client.close(first));
  must(client.close(second));
  CHECK(broker.in_use<TopicRecordLayout>() == 0);
  const auto next = client.publish("frame", type("Frame", 100));
  CHECK(broker.record<TopicRecordLayout>(next.topic).depth == 9);
  CHECK((broker.record<TopicRecordLayout>(next.topic).flags & directory::kTopicFormer) == 0);
  CHECK_FALSE(client.try_publish("frame", type("Frame", 100)));
}

TEST_CASE("a topic in use is not former when its settings come back", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto topic = client.publish("topic", type("T", 100)).topic;
  file.rules().defaults.held = 7;
  CHECK(applied(client).live == "topic");
  file.rules().defaults.held = broker::BrokerOptions{}.rules.defaults.held;
  CHECK(applied(client).live.empty());
  CHECK((broker.record<TopicRecordLayout>(topic).flags & directory::kTopicFormer) == 0);
}

TEST_CASE("a configuration that does not hold leaves everything as it was", "[broker][reload]") {
  File file;
  file.rules().defaults.depth = 3;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  file.rules().defaults.depth = 5;
  file.rules().rules = {{.name = "frame", .depth = 6}};
  const auto expect = [&](Errc code, const std::string& finding) {
    const auto reply = refused(client);
    CHECK(reply.code == code);
    CHECK_THAT(std::string(reply.findings), contains_text(finding));
    CHECK(broker.logged(finding));
  };
  SECTION("because it cannot be read") {
    file.content = {.code = Errc::System, .system_errno = 24, .findings = "too many open files"};
    expect(Errc::System, "too many open files");
  }
  SECTION("because a value is out of range") {
    file.rules().rules[0].depth = 0;
    expect(Errc::InvalidConfig, "topics.frame.depth is 0, allowed is 1");
  }
  SECTION("because its own pool would be too small for it") {
    file.rules().rules[0].payload_bytes = 16 << 20;
    expect(Errc::InvalidConfig, "pool.size is 16777216 bytes, needed are");
  }
  SECTION("because the pool in use is too small for it") {
    file.options().pool_bytes = 1 << 30;
    file.rules().rules[0].payload_bytes = 16 << 20;
    expect(Errc::InvalidConfig, "pool.size is 16777216 bytes, needed are");
    expect(Errc::InvalidConfig, "until all programs of the domain have ended");
  }
  SECTION("because it is larger than the room for it in the pool") {
    for (int i = 0; i < 100; ++i) {
      file.rules().rules.push_back(
          {.name = std::string(50, 'x') + std::to_string(i), .subscribers = 1});
    }
    expect(Errc::InvalidConfig, "room for 4096");
  }
  CHECK(pool::configuration_number(broker.pool()) == 0);
  CHECK(broker.header().reloads_failed > 0);
  CHECK(broker.header().last_reload_failed == 1);
  const auto topic = client.publish("frame", type("Frame", 100)).topic;
  CHECK(broker.record<TopicRecordLayout>(topic).depth == 3);
  CHECK(broker.record<TopicRecordLayout>(topic).flags == 0);
}

TEST_CASE("findings that are more than a reply can carry are cut at a line", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  std::string findings;
  for (int i = 0; i < 30; ++i) findings += std::string(499, 'f') + "\n";
  file.content = {.findings = findings};
  const auto reply = refused(client);
  CHECK(reply.findings.size() == 20 * 500 - 1);
}

TEST_CASE("a broker without a file to read says so", "[broker][reload]") {
  TestBroker broker;
  WireClient client(broker, "node");
  CHECK(refused(client).code == Errc::InvalidArgument);
  CHECK(broker.logged("without a configuration file"));
}

TEST_CASE("what shapes the pool waits and is named", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  file.options().pool_bytes = 32 << 20;
  file.options().limits.clients = 10;
  file.rules().defaults.depth = 5;
  const auto reply = applied(client);
  CHECK(reply.waiting ==
        "pool.size (16777216, configured 33554432)\nlimits.clients (64, configured 10)");
  CHECK(reply.changed == "defaults");
}

TEST_CASE("places that a reload plans are there, whatever others take", "[broker][reload]") {
  File file;
  file.options().pool_bytes = 8 << 20;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  file.rules().rules = {
      {.name = "frame", .payload_bytes = 20'000, .depth = 4, .publishers = 3, .orphans = 1}};
  (void)applied(client);
  std::uint32_t others = 0;
  while (client.try_publish("other/" + std::to_string(others), type("T", 30'000))) ++others;
  CHECK(others > 0);
  for (int i = 0; i < 3; ++i) CHECK(client.try_publish("frame", type("F", 20'000)));
}

TEST_CASE("a plan for which topics in use leave no room is refused until they have gone",
          "[broker][reload]") {
  File file;
  file.options().pool_bytes = 8 << 20;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  std::vector<wire::PublisherCreated> others;
  while (auto other =
             client.try_publish("other/" + std::to_string(others.size()), type("T", 30'000))) {
    others.push_back(*other);
  }
  file.rules().rules = {{.name = "frame", .payload_bytes = 20'000, .depth = 4, .publishers = 2}};
  CHECK_THAT(std::string(refused(client).findings), contains_text("topics.frame needs"));
  for (const auto& other : others) must(client.close(other));
  (void)applied(client);
  for (int i = 0; i < 2; ++i) CHECK(client.try_publish("frame", type("F", 20'000)));
}

TEST_CASE("records that a reload promises are not with others", "[broker][reload]") {
  File file;
  file.options().limits.topics = 4;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  std::vector<wire::PublisherCreated> others;
  for (const char* name : {"a", "b", "c"}) others.push_back(client.publish(name, type("T", 100)));
  file.rules().rules = {{.name = "frame"}, {.name = "imu"}};
  CHECK_THAT(std::string(refused(client).findings),
             contains_text("need 2 of the 4 of limits.topics, other topics in use have 3"));
  must(client.close(others.back()));
  (void)applied(client);
  CHECK_FALSE(client.try_publish("c", type("T", 100)));
  CHECK(client.try_publish("frame", type("T", 100)));
  CHECK(client.try_publish("imu", type("T", 100)));
}

TEST_CASE("records that a reload promises are not promised to topics in use", "[broker][reload]") {
  File file;
  file.options().limits.publishers = 4;
  file.rules().rules = {{.name = "frame", .publishers = 4}};
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto first = client.publish("frame", type("T", 100));
  file.rules().rules = {{.name = "frame", .publishers = 1}, {.name = "imu", .publishers = 3}};
  CHECK_THAT(std::string(refused(client).findings),
             contains_text("need 7 of the 4 of limits.publishers"));
  for (int i = 0; i < 3; ++i) CHECK(client.try_publish("frame", type("T", 100)));
  must(client.close(first));
  SECTION("until they have been left") {
    WireClient other(broker, "other");
    must(client.goodbye());
    (void)applied(other);
    CHECK(other.try_publish("frame", type("T", 100)));
    for (int i = 0; i < 3; ++i) CHECK(other.try_publish("imu", type("T", 100)));
  }
}

TEST_CASE("what a former configuration promised is for others once its topic has ended",
          "[broker][reload]") {
  File file;
  file.options().limits.publishers = 4;
  file.rules().rules = {{.name = "frame", .publishers = 4}};
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto frame = client.publish("frame", type("T", 100));
  file.rules().rules[0].publishers = 1;
  (void)applied(client);
  CHECK_FALSE(client.try_publish("other", type("T", 100)));
  must(client.close(frame));
  for (int i = 0; i < 3; ++i) CHECK(client.try_publish("other", type("T", 100)));
  CHECK_FALSE(client.try_publish("other", type("T", 100)));
}

TEST_CASE("member entries that a reload promises are there, in one piece", "[broker][reload]") {
  File file;
  file.options().limits.memberships = 64;
  file.rules().defaults.subscribers = 8;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  // Three of eight each, of which the one in the middle goes.
  std::vector<wire::PublisherCreated> others;
  for (const char* name : {"a", "b", "c"}) others.push_back(client.publish(name, type("T", 100)));
  must(client.close(others[1]));
  file.rules().rules = {{.name = "frame", .publishers = 2, .subscribers = 16, .orphans = 0}};
  (void)applied(client);
  while (client.try_publish("other", type("T", 100))) {
  }
  CHECK(client.try_publish("frame", type("T", 100)));
  CHECK(client.try_publish("frame", type("T", 100)));
}

TEST_CASE("a successor goes by the configuration of the last reload", "[broker][reload]") {
  File file;
  file.options().pool_bytes = 8 << 20;
  file.rules().rules = {{.name = "frame", .payload_bytes = 20'000, .depth = 4, .publishers = 2}};
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto ring = client.publish("frame", type("F", 20'000));
  file.rules().rules[0].depth = 6;
  (void)applied(client);
  broker.kill();
  must(broker.start());
  REQUIRE(broker.broker().pool_origin() == broker::PoolOrigin::Adopted);
  CHECK((broker.record<TopicRecordLayout>(ring.topic).flags & directory::kTopicFormer) != 0);
  WireClient next(broker, "next");
  std::uint32_t others = 0;
  while (next.try_publish("other/" + std::to_string(others), type("T", 30'000))) ++others;
  // The place by the former configuration, and both by the new one.
  const auto second = next.publish("frame", type("F", 20'000));
  WireClient back(broker);
  must(back.resume(client, "node"));
  must(back.close(ring));
  must(next.close(second));
  const auto after = next.publish("frame", type("F", 20'000));
  CHECK(broker.record<TopicRecordLayout>(after.topic).depth == 6);
  CHECK(next.try_publish("frame", type("F", 20'000)));
}

TEST_CASE("waits spin as the configuration says now", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  WireClient client(broker, "node");
  const auto mapping = must(pool::PoolMapping::attach(client.pool_file(), true));
  const bool several = platform::online_cpu_count() > 1;
  const auto nothing = std::chrono::nanoseconds::zero();
  CHECK((mapping->spin() > nothing) == several);
  CHECK(mapping->spin() <= platform::kMostSpin);
  file.options().spin = false;
  broker.broker().ask_reload();
  broker.pump();
  CHECK(mapping->spin() == nothing);
  // Who comes now measures nothing.
  const auto late = must(pool::PoolMapping::attach(client.pool_file(), true));
  file.options().spin = true;
  broker.broker().ask_reload();
  broker.pump();
  CHECK((mapping->spin() > nothing) == several);
  CHECK(late->spin() == nothing);
}

TEST_CASE("a broker that is asked to reload does so in its next round", "[broker][reload]") {
  File file;
  TestBroker broker(file.with_reader());
  file.options().log_level = broker::LogLevel::Error;
  broker.broker().ask_reload();
  broker.broker().ask_reload();
  CHECK(pool::configuration_number(broker.pool()) == 0);
  broker.pump();
  CHECK(pool::configuration_number(broker.pool()) == 1);
  const auto lines = broker.lines().size();
  broker.broker().ask_reload();
  broker.pump();
  CHECK(pool::configuration_number(broker.pool()) == 2);
  CHECK(broker.lines().size() == lines);  // the level is one of the things that were reloaded
}
