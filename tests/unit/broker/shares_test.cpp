// What the plan promises to listed topics is there for them, whatever others took before; and others find
// the limits that they run into named.
#include "middleware/broker/shares.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/broker/fixture.hpp"

using namespace tarn;
using namespace tarn::test;
using directory::ClientRecordLayout;

namespace {

constexpr std::uint32_t kPublishers = 3;
constexpr std::uint32_t kSubscribers = 5;

// A domain whose limits are just what its one listed topic needs, and `more` for others.
broker::BrokerOptions tight(std::uint32_t more) {
  broker::BrokerOptions options;
  options.rules.rules = {{.name = "listed",
                          .payload_bytes = 32,
                          .publishers = kPublishers,
                          .subscribers = kSubscribers,
                          .orphans = 1}};
  options.limits = {.topics = 1 + more,
                    .publishers = kPublishers + more,
                    .memberships = kSubscribers * (kPublishers + 1) + 32 * more,
                    .waiters = kSubscribers + more};
  return options;
}

void fill_listed(WireClient& client) {
  for (std::uint32_t i = 0; i < kPublishers; ++i) client.publish("listed", type("Imu", 32));
  for (std::uint32_t i = 0; i < kSubscribers; ++i) client.subscribe("listed", type("Imu", 32));
}

std::string refusal(const std::function<Result<void>()>& attempt) {
  for (int i = 0; i < 1000; ++i) {
    if (const auto done = attempt(); !done) return done.error().message();
  }
  FAIL("nothing was refused");
  return {};
}

}  // namespace

TEST_CASE("unlisted topics share what listed ones leave of limits.topics", "[broker][shares]") {
  TestBroker broker(tight(2));
  WireClient client(broker, "greedy");
  int topics = 0;
  const std::string text = refusal([&] {
    return client.try_publish("t" + std::to_string(topics++), type("Imu", 32)).map([](const auto&) {
    });
  });
  CHECK(topics == 3);
  CHECK_THAT(text, contains_text("limits.topics") && contains_text("than the 2 of") &&
                       contains_text("1 more"));
  fill_listed(client);
}

TEST_CASE("unlisted publishers share what listed ones leave of limits.publishers",
          "[broker][shares]") {
  TestBroker broker(tight(2));
  WireClient client(broker, "greedy");
  const std::string text =
      refusal([&] { return client.try_publish("other", type("Imu", 32)).map([](const auto&) {}); });
  CHECK(broker.in_use<directory::RingRecordLayout>() == 2);
  CHECK_THAT(text, contains_text("the 2 of limits.publishers, 3 more"));
  fill_listed(client);
}

TEST_CASE("unlisted subscribers share what listed ones leave of limits.waiters",
          "[broker][shares]") {
  TestBroker broker(tight(2));
  WireClient client(broker, "greedy");
  const std::string text = refusal([&] {
    return client.create_subscriber({.topic = "other", .type = type("Imu", 32)})
        .map([](const auto&) {});
  });
  CHECK(broker.in_use<directory::SubscriberRecordLayout>() == 2);
  CHECK_THAT(text, contains_text("all 2 waiters") && contains_text("5 more") &&
                       contains_text("limits.waiters"));
  fill_listed(client);
}

TEST_CASE("unlisted publishers and subscribers leave entries and lines for listed ones",
          "[broker][shares]") {
  auto options = tight(40);
  options.limits.memberships = kSubscribers * (kPublishers + 1) + 20;
  TestBroker broker(options);
  WireClient greedy(broker, "greedy");
  WireClient modest(broker, "modest");
  const std::string text = refusal([&] {
    const auto subscribed = greedy.create_subscriber({.topic = "other", .type = type("Imu", 32)});
    const auto published = greedy.try_publish("other", type("Imu", 32));
    return subscribed || published ? Result<void>() : Failure(published.error());
  });
  CHECK_THAT(text, contains_text("limits.memberships"));
  fill_listed(modest);
}

TEST_CASE("blocks that their clients have no use for serve other processes", "[broker][shares]") {
  constexpr std::uint32_t kClients = 4;
  broker::BrokerOptions options;
  options.rules.defaults.subscribers = 64;
  options.limits = {.clients = kClients, .memberships = 64};
  TestBroker broker(options);
  const std::uint32_t per_block = broker.pool().geometry().block.subscriptions;
  std::vector<std::unique_ptr<WireClient>> clients;
  std::uint32_t wanted = 0;
  for (std::uint32_t i = 0; i < kClients; ++i) {
    auto& client = *clients.emplace_back(std::make_unique<WireClient>(broker, "node"));
    // As if it were a process of its own.
    broker.record<ClientRecordLayout>(client.index()).pid += static_cast<std::int32_t>(i);
    std::vector<wire::SubscriberCreated> subscribers;
    for (std::uint32_t k = 0; k < 16; ++k) {
      subscribers.push_back(client.subscribe("other", type("Imu", 32)));
    }
    for (const auto& subscriber : subscribers) must(client.close(subscriber));
    wanted += 16 / per_block;
  }
  // On larger pages a block serves them all.
  if (per_block < 16) CHECK(wanted > broker.pool().geometry().blocks.count);
}
