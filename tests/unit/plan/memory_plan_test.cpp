#include "middleware/plan/memory_plan.hpp"

#include <random>

#include <tarn/limits.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"

using namespace tarn;
using plan::MemoryDemand;
using plan::MemoryPlan;
using plan::plan_memory;
using plan::TopicRules;
using test::contains_text;
using test::must;

namespace {

constexpr std::uint32_t kPage = 4096;

TopicRules camera_and_imu() {
  TopicRules rules;
  rules.rules = {{.name = "imu", .payload_bytes = 32, .depth = 64},
                 {.name = "camera",
                  .payload_bytes = 100'000,
                  .depth = 4,
                  .publishers = 2,
                  .subscribers = 3,
                  .orphans = 1,
                  .held = 2,
                  .loans = 1},
                 {.name = "unsized"},
                 {.name = "cmd/*", .payload_bytes = 500}};
  return rules;
}

}  // namespace

TEST_CASE("the plan lists the topics that the rules name, with slots, chunks and bytes", "[plan]") {
  const MemoryPlan plan = must(plan_memory(camera_and_imu(), {}));
  REQUIRE(plan.topics.size() == 3);
  const auto& camera = plan.topics[0];
  CHECK(camera.name == "camera");
  CHECK(camera.rings == 3);
  CHECK(camera.ring.chunk_count == 4 + 1 + 3 * 2 + 1);
  CHECK(camera.ring.chunk_bytes == 100'032);
  CHECK(camera.bytes == 3 * camera.ring.area_bytes);
  const auto& imu = plan.topics[1];
  CHECK(imu.ring.slot_bytes == 64);
  CHECK(imu.ring.chunk_count == 0);
  CHECK(imu.bytes == 2 * imu.ring.area_bytes);
  CHECK(plan.topics[2].name == "unsized");
  CHECK(plan.topics[2].bytes == 0);
}

TEST_CASE("the sum is bookkeeping, topics and what is not planned, in whole pages", "[plan]") {
  const MemoryPlan plan = must(plan_memory(camera_and_imu(), {.unplanned_bytes = 5'000}));
  CHECK(plan.unplanned_bytes == 2 * kPage);
  CHECK(plan.topic_bytes == plan.topics[0].bytes + plan.topics[1].bytes);
  CHECK(plan.needed_bytes == plan.bookkeeping_bytes + plan.topic_bytes + plan.unplanned_bytes);
  CHECK(plan.needed_bytes % kPage == 0);
  SECTION("auto is just that") {
    CHECK(plan.pool_bytes == plan.needed_bytes);
    CHECK(plan::check_plan(plan));
    const auto geometry = must(pool::plan_geometry(plan.limits, plan.pool_bytes, kPage));
    CHECK(geometry.areas.offset == plan.bookkeeping_bytes);
    CHECK(std::uint64_t{geometry.areas.count} * kPage == plan.topic_bytes + plan.unplanned_bytes);
  }
  SECTION("a byte less does not do, and the sum is in the text") {
    const MemoryPlan small = must(plan_memory(
        camera_and_imu(), {.pool_bytes = plan.needed_bytes - 1, .unplanned_bytes = 5'000}));
    CHECK_FALSE(small.fits());
    const auto checked = plan::check_plan(small);
    REQUIRE_FALSE(checked);
    CHECK(to_string(checked.error().code()) == to_string(Errc::InvalidConfig));
    CHECK_THAT(checked.error().message(), contains_text(std::to_string(plan.needed_bytes)));
    CHECK_THAT(checked.error().message(), contains_text("topics.camera"));
  }
}

TEST_CASE("a pool for nothing has a page for messages all the same", "[plan]") {
  const MemoryPlan plan = must(plan_memory({}, {.unplanned_bytes = 0}));
  CHECK(plan.unplanned_bytes == kPage);
  CHECK(pool::plan_geometry(plan.limits, plan.pool_bytes, kPage));
}

TEST_CASE("what nobody can have is refused whatever pool.size says", "[plan]") {
  TopicRules rules;
  for (int i = 0; i < 4096; ++i) {
    rules.rules.push_back({.name = "t" + std::to_string(i),
                           .payload_bytes = kMaxMessageBytes,
                           .depth = kMaxDepth,
                           .publishers = kMaxPublishersPerTopic,
                           .subscribers = 1,
                           .orphans = kMaxOrphans});
  }
  const MemoryPlan plan = must(plan_memory(rules, {}));
  CHECK(plan.needed_bytes > kMaxPoolBytes);
  CHECK_FALSE(plan.fits());
}

TEST_CASE("a topic that drops the newest is refused more of them than there can be chunks",
          "[plan]") {
  TopicRules rules;
  rules.rules.push_back({.name = "wide",
                         .payload_bytes = 300,
                         .depth = kMaxDepth,
                         .subscribers = kMaxSubscribersPerTopic,
                         .overflow = plan::Overflow::DropNewest});
  const auto refused = plan::check_plan(must(plan_memory(rules, {})));
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::InvalidConfig));
  CHECK_THAT(refused.error().message(), contains_text("topics.wide drops the newest messages"));
  rules.rules.front().subscribers = kMaxSubscribersPerTopic / 2;
  CHECK(plan::check_plan(must(plan_memory(rules, {}))));
}

TEST_CASE("limits that nobody wrote grow with the topics", "[plan]") {
  TopicRules rules;
  for (int i = 0; i < 300; ++i) {
    rules.rules.push_back({.name = "t" + std::to_string(i), .publishers = 2, .subscribers = 5});
  }
  const MemoryPlan plan = must(plan_memory(rules, {}));
  CHECK(plan.limits.topics == 300);
  CHECK(plan.limits.memberships == 300 * 5 * 4);
  CHECK(plan.limits.waiters == 300 * 5);
  CHECK(plan.limits.publishers == pool::publishers_for(300 * 3));
  CHECK(pool::ring_count(plan.limits.publishers) >= 300 * 3);
  CHECK(plan.limits.clients == pool::PoolLimits{}.clients);
  SECTION("those that somebody wrote are kept, and told when they are too small") {
    const MemoryPlan written =
        must(plan_memory(rules, {.limits = {.topics = 299, .waiters = 9'000}}));
    CHECK(written.limits.topics == 299);
    CHECK(written.limits.waiters == 9'000);
    CHECK_FALSE(written.limit_uses[0].enough());
    CHECK(written.limit_uses[3].enough());
    const auto checked = plan::check_plan(written);
    REQUIRE_FALSE(checked);
    CHECK_THAT(checked.error().message(), contains_text("limits.topics is 299"));
    CHECK_THAT(checked.error().message(), contains_text("need 300"));
  }
}

TEST_CASE("the fewest publishers are found for any number of rings", "[plan]") {
  for (std::uint64_t rings = 0; rings < 3'000; ++rings) {
    const std::uint64_t publishers = pool::publishers_for(rings);
    REQUIRE(pool::ring_count(publishers) >= rings);
    if (publishers > 0) REQUIRE(pool::ring_count(publishers - 1) < rings);
  }
}

TEST_CASE("a ring that asks for less is never larger than the plan's", "[plan]") {
  std::mt19937_64 random(test::seed());
  const auto upto = [&](std::uint32_t most) {
    return static_cast<std::uint32_t>(1 + random() % most);
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::uint32_t largest = random() % 2 == 0 ? upto(600) : upto(200'000);
    const plan::RingDemand planned{.payload_bytes = largest,
                                   .alignment = 64,
                                   .depth = upto(64),
                                   .loans = upto(8),
                                   .subscribers = upto(16),
                                   .held = upto(4),
                                   .private_rings = random() % 2 == 0};
    plan::RingDemand asked = planned;
    asked.payload_bytes = upto(largest);
    asked.topic_bytes = largest;
    asked.alignment = 8;
    asked.depth = upto(planned.depth);
    asked.loans = upto(planned.loans);
    INFO(asked.payload_bytes << " of " << largest << " bytes");
    REQUIRE(plan::shape_ring(asked, kPage).area_bytes <=
            plan::shape_ring(planned, kPage).area_bytes);
  }
}
