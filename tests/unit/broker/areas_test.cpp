#include "middleware/broker/areas.hpp"

#include <random>
#include <vector>

#include "middleware/plan/memory_plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"

using namespace tarn;
using broker::Areas;
using plan::TopicPlan;

namespace {

constexpr std::uint32_t kPage = 4096;

pool::PoolGeometry geometry_of(std::uint64_t pool_bytes) {
  return test::must(pool::plan_geometry({}, pool_bytes, kPage));
}

// As the plan has them: by name.
std::vector<TopicPlan> topics(const std::vector<plan::TopicRule>& listed) {
  return plan::plan_topics({.defaults = {}, .rules = listed}, kPage);
}

plan::TopicRule frame(std::uint32_t publishers, std::uint32_t orphans) {
  return {.name = "frame",
          .payload_bytes = 3'000,
          .depth = 4,
          .publishers = publishers,
          .orphans = orphans};
}

std::uint64_t bytes_each(const plan::TopicRule& topic) {
  return topics({topic}).front().ring.area_bytes;
}

}  // namespace

TEST_CASE("a listed topic gets all its planned places, however the rest is used",
          "[broker][areas]") {
  const plan::TopicRule topic = frame(3, 2);
  Areas areas = test::must(Areas::plan(topics({topic}), geometry_of(4 << 20)));
  // Others take everything they can, in pieces of all sizes, and give half of it back.
  std::mt19937 random(test::seed());
  std::vector<std::pair<std::uint64_t, std::uint64_t>> taken;
  for (std::uint32_t pages = 16; pages > 0; --pages) {
    while (const auto offset = areas.allocate("other", std::uint64_t{pages} * kPage)) {
      taken.emplace_back(*offset, std::uint64_t{pages} * kPage);
    }
  }
  CHECK(areas.shared_free_bytes() == 0);
  for (const auto& [offset, bytes] : taken) {
    if (random() % 2 == 0) areas.free(offset, bytes);
  }
  for (int i = 0; i < 5; ++i) CHECK(areas.allocate("frame", bytes_each(topic)));
  CHECK(areas.kept_bytes() == 0);
}

TEST_CASE("places are given back to the topic they were planned for", "[broker][areas]") {
  const plan::TopicRule topic = frame(1, 1);
  Areas areas = test::must(Areas::plan(topics({topic}), geometry_of(4 << 20)));
  const auto shared = areas.shared_free_bytes();
  const auto first = areas.allocate("frame", bytes_each(topic));
  const auto second = areas.allocate("frame", kPage);  // a smaller ring takes a place too
  REQUIRE((first && second));
  CHECK(areas.kept_bytes() == 0);
  CHECK(areas.shared_free_bytes() == shared);
  CHECK(areas.used_bytes() == bytes_each(topic) + kPage);
  areas.free(*second, kPage);
  CHECK(areas.kept_bytes() == bytes_each(topic));
  CHECK(areas.allocate("frame", bytes_each(topic)) == second);
}

TEST_CASE("beyond its places a listed topic shares with everybody", "[broker][areas]") {
  const plan::TopicRule topic = frame(1, 0);
  Areas areas = test::must(Areas::plan(topics({topic}), geometry_of(4 << 20)));
  const auto shared = areas.shared_free_bytes();
  CHECK(areas.allocate("frame", bytes_each(topic)));
  CHECK(areas.shared_free_bytes() == shared);
  CHECK(areas.allocate("frame", bytes_each(topic)));
  CHECK(areas.shared_free_bytes() == shared - bytes_each(topic));
}

TEST_CASE("a plan that does not fit says who finds no room, what it needs and what there is",
          "[broker][areas]") {
  plan::TopicRule large = frame(10, 0);
  large.name = "large";
  large.payload_bytes = 500'000;
  const auto geometry = geometry_of(4 << 20);
  const auto refused = Areas::plan(topics({frame(1, 1), large}), geometry);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidConfig);
  const auto needed = topics({large}).front().bytes;
  CHECK_THAT(refused.error().message(), test::contains_text(std::to_string(needed)) &&
                                            test::contains_text("topics.large needs") &&
                                            test::contains_text("pool.size"));
}

TEST_CASE("the places of a plan do not depend on the order of its topics", "[broker][areas]") {
  plan::TopicRule other = frame(2, 1);
  other.name = "depth";
  const auto geometry = geometry_of(4 << 20);
  Areas one = test::must(Areas::plan(topics({frame(1, 1), other}), geometry));
  Areas two = test::must(Areas::plan(topics({other, frame(1, 1)}), geometry));
  CHECK(one.allocate("frame", kPage) == two.allocate("frame", kPage));
  CHECK(one.allocate("depth", kPage) == two.allocate("depth", kPage));
}

TEST_CASE("a topic whose size is not known is not planned", "[broker][areas]") {
  plan::TopicRule topic = frame(1, 1);
  topic.payload_bytes = 0;
  Areas areas = test::must(Areas::plan(topics({topic}), geometry_of(4 << 20)));
  CHECK(areas.planned_bytes() == 0);
  CHECK(areas.kept_bytes() == 0);
}

TEST_CASE("areas of a former broker are taken where they are", "[broker][areas]") {
  const plan::TopicRule topic = frame(2, 0);
  const auto geometry = geometry_of(4 << 20);
  Areas before = test::must(Areas::plan(topics({topic}), geometry));
  const auto planned = before.allocate("frame", bytes_each(topic));
  const auto shared = before.allocate("other", 3 * kPage);
  REQUIRE((planned && shared));

  Areas after = test::must(Areas::plan(topics({topic}), geometry));
  CHECK(after.take_exact("frame", *planned, bytes_each(topic)));
  CHECK(after.take_exact("other", *shared, 3 * kPage));
  CHECK(after.used_bytes() == before.used_bytes());
  SECTION("but not twice") {
    CHECK_FALSE(after.take_exact("frame", *planned, bytes_each(topic)));
    CHECK_FALSE(after.take_exact("other", *shared + kPage, kPage));
  }
  SECTION("and not from a place that another topic was planned for") {
    CHECK_FALSE(after.take_exact("other", *planned + bytes_each(topic), kPage));
  }
  SECTION("and not from outside the pool") {
    CHECK_FALSE(after.take_exact("other", 0, kPage));
    CHECK_FALSE(after.take_exact("other", geometry.pool_bytes, kPage));
    CHECK_FALSE(after.take_exact("other", geometry.areas.offset, geometry.pool_bytes));
  }
}
