// Another plan while rings are where they are: what topics in use have stays theirs, and what the new plan
// promises is there.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "middleware/broker/areas.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"

using namespace tarn;
using broker::Areas;
using broker::LiveTopic;
using test::must;

namespace {

constexpr std::uint32_t kPage = 4096;

pool::PoolGeometry geometry_of(std::uint32_t pages) {
  const auto small = must(pool::plan_geometry({}, 64 << 20, kPage));
  return must(pool::plan_geometry({}, small.areas.offset + std::uint64_t{pages} * kPage, kPage));
}

// So many places of so many pages.
plan::TopicPlan topic(const std::string& name, std::uint32_t rings, std::uint32_t pages) {
  plan::TopicPlan planned;
  planned.name = name;
  planned.rings = rings;
  planned.ring.area_bytes = std::uint64_t{pages} * kPage;
  planned.bytes = rings * planned.ring.area_bytes;
  return planned;
}

LiveTopic live(const std::string& name) {
  return {.name = name, .life = {.record = 1, .generation = 7}};
}

// Places of that many pages that the topic can get before it has to share.
std::uint32_t places_of(Areas areas, const std::string& name, std::uint32_t pages) {
  const auto shared = areas.shared_free_bytes();
  std::uint32_t places = 0;
  while (areas.allocate(name, std::uint64_t{pages} * kPage) &&
         areas.shared_free_bytes() == shared) {
    ++places;
  }
  return places;
}

std::uint64_t pages(std::uint64_t count) { return count * kPage; }

}  // namespace

TEST_CASE("a new plan gives topics that nobody is on other places", "[broker][areas]") {
  const Areas before = must(Areas::plan({topic("a", 2, 3), topic("b", 1, 4)}, geometry_of(20)));
  const Areas after = must(before.replanned({topic("a", 3, 2), topic("c", 1, 9)}, {}));
  CHECK(places_of(after, "a", 2) == 3);
  CHECK(places_of(after, "b", 4) == 0);
  CHECK(places_of(after, "c", 9) == 1);
  CHECK(after.shared_free_bytes() == pages(20 - 6 - 9));
}

TEST_CASE("a topic in use keeps its places until nobody is on it, then the new ones are there",
          "[broker][areas]") {
  Areas areas = must(Areas::plan({topic("a", 2, 3)}, geometry_of(20)));
  const auto ring = areas.allocate("a", pages(3));
  REQUIRE(ring);
  SECTION("fewer or smaller ones in the same room") {
    areas = must(areas.replanned({topic("a", 2, 2), topic("b", 14, 1)}, {live("a")}));
    CHECK(areas.shared_free_bytes() == 0);
    CHECK(places_of(areas, "a", 3) == 1);
    areas.free(*ring, pages(3));
    areas.topic_ended("a");
    CHECK(places_of(areas, "a", 3) == 0);
    CHECK(places_of(areas, "a", 2) == 2);
    CHECK(areas.shared_free_bytes() == pages(2));
  }
  SECTION("more or larger ones beside it") {
    areas = must(areas.replanned({topic("a", 2, 4)}, {live("a")}));
    CHECK(areas.shared_free_bytes() == pages(20 - 6 - 8));
    areas.free(*ring, pages(3));
    areas.topic_ended("a");
    CHECK(places_of(areas, "a", 4) == 2);
    CHECK(areas.shared_free_bytes() == pages(20 - 8));
  }
  SECTION("none when it is not listed any more") {
    areas = must(areas.replanned({}, {live("a")}));
    CHECK(places_of(areas, "a", 3) == 1);
    areas.free(*ring, pages(3));
    areas.topic_ended("a");
    CHECK(areas.planned_bytes() == 0);
    CHECK(areas.shared_free_bytes() == pages(20));
  }
  SECTION("the same when nothing has changed for it") {
    areas = must(areas.replanned({topic("a", 2, 3), topic("b", 1, 1)}, {live("a")}));
    CHECK(areas.extents()[0].former == std::nullopt);
    areas.free(*ring, pages(3));
    areas.topic_ended("a");
    CHECK(places_of(areas, "a", 3) == 2);
  }
}

TEST_CASE("a plan for which there is no room beside topics in use is refused with the numbers",
          "[broker][areas]") {
  const Areas areas = must(Areas::plan({topic("a", 2, 5)}, geometry_of(20)));
  const auto refused = areas.replanned({topic("b", 3, 4)}, {live("a")});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::InvalidConfig);
  CHECK_THAT(refused.error().message(),
             test::contains_text("topics.b needs " + std::to_string(pages(12))) &&
                 test::contains_text(std::to_string(pages(10)) + " of the pool's"));
  CHECK(areas.replanned({topic("b", 3, 4)}, {}));
}

TEST_CASE("places that nobody uses move together where others need one piece", "[broker][areas]") {
  Areas areas =
      must(Areas::plan({topic("a", 1, 4), topic("b", 1, 4), topic("c", 1, 4)}, geometry_of(14)));
  // Without a there are 4 and 2 pages free, with b between them.
  areas = must(areas.replanned({topic("b", 1, 4), topic("c", 1, 4), topic("d", 1, 6)}, {}));
  CHECK(places_of(areas, "d", 6) == 1);
}

TEST_CASE("a successor lays out the same places", "[broker][areas]") {
  const auto geometry = geometry_of(30);
  Areas areas = must(Areas::plan({topic("a", 2, 3), topic("b", 2, 2)}, geometry));
  const auto ring = areas.allocate("a", pages(3));
  REQUIRE(ring);
  areas = must(areas.replanned({topic("a", 1, 4), topic("b", 1, 7)}, {live("a")}));
  auto laid_out = Areas::lay_out(areas.extents(), geometry);
  REQUIRE(laid_out);
  REQUIRE(laid_out->take_exact("a", *ring, pages(3)));
  CHECK(laid_out->extents() == areas.extents());
  CHECK(laid_out->shared_free_bytes() == areas.shared_free_bytes());
  for (Areas* one : {&areas, &*laid_out}) {
    one->free(*ring, pages(3));
    one->topic_ended("a");
    CHECK(places_of(*one, "a", 4) == 1);
    CHECK(places_of(*one, "b", 7) == 1);
  }
  SECTION("but none that overlap or lie outside") {
    CHECK_FALSE(Areas::lay_out({{.topic = "x", .first = 0, .units_each = 2, .count = 2},
                                {.topic = "y", .first = 3, .units_each = 1, .count = 1}},
                               geometry));
    CHECK_FALSE(
        Areas::lay_out({{.topic = "x", .first = 29, .units_each = 2, .count = 1}}, geometry));
    CHECK_FALSE(Areas::lay_out(
        {{.topic = "x", .first = 0, .units_each = 0xFFFFFFFF, .count = 0xFFFFFFFF}}, geometry));
  }
}

namespace {

// A few topics that come and go, while plans change.
class Life {
 public:
  Life() : areas_(must(Areas::plan({}, geometry_))) {}

  void step() {
    switch (pick(4)) {
      case 0:
        return change_plan();
      case 1:
        return end_topic();
      default:
        return begin_ring();
    }
  }

  // Every place of the present plan is there for topics that nobody is on.
  void check_promises() {
    for (const plan::TopicPlan& planned : plan_) {
      if (rings_.contains(planned.name)) continue;
      const auto each = static_cast<std::uint32_t>(planned.ring.area_bytes / kPage);
      REQUIRE(places_of(areas_, planned.name, each) == planned.rings);
    }
  }
  void succeed() {
    auto next = Areas::lay_out(areas_.extents(), geometry_);
    REQUIRE(next);
    for (const auto& [name, rings] : rings_) {
      for (const auto& [offset, bytes] : rings) REQUIRE(next->take_exact(name, offset, bytes));
    }
    REQUIRE(next->used_bytes() == areas_.used_bytes());
    REQUIRE(next->shared_free_bytes() == areas_.shared_free_bytes());
    areas_ = std::move(*next);
  }
  [[nodiscard]] int refused() const { return refused_; }
  [[nodiscard]] int applied() const { return applied_; }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::string name() { return std::string(1, static_cast<char>('a' + pick(6))); }

  void change_plan() {
    std::vector<plan::TopicPlan> wanted;
    for (char c = 'a'; c < 'f'; ++c) {
      if (pick(3) == 0) continue;
      wanted.push_back(topic(std::string(1, c), 1 + pick(3), 1 + pick(5)));
    }
    std::vector<LiveTopic> in_use;
    for (const auto& [name, rings] : rings_) in_use.push_back(live(name));
    auto next = areas_.replanned(wanted, in_use);
    ++(next ? applied_ : refused_);
    if (!next) return;
    REQUIRE(next->used_bytes() == areas_.used_bytes());
    areas_ = std::move(*next);
    plan_ = std::move(wanted);
  }
  void begin_ring() {
    const std::string one = name();
    const std::uint64_t bytes = pages(1 + pick(5));
    if (const auto offset = areas_.allocate(one, bytes)) rings_[one].emplace_back(*offset, bytes);
  }
  void end_topic() {
    const std::string one = name();
    if (!rings_.contains(one)) return;
    for (const auto& [offset, bytes] : rings_[one]) areas_.free(offset, bytes);
    rings_.erase(one);
    areas_.topic_ended(one);
  }

  std::mt19937 random_{test::seed()};
  pool::PoolGeometry geometry_ = geometry_of(60);
  Areas areas_;
  std::vector<plan::TopicPlan> plan_;
  std::map<std::string, std::vector<std::pair<std::uint64_t, std::uint64_t>>> rings_;
  int applied_ = 0;
  int refused_ = 0;
};

}  // namespace

TEST_CASE("whatever comes, goes and is reloaded, planned places are there for the next life",
          "[broker][areas]") {
  Life life;
  for (int i = 0; i < 20'000; ++i) {
    life.step();
    life.check_promises();
    if (i % 7 == 0) life.succeed();
  }
  CHECK(life.applied() > 100);
  CHECK(life.refused() > 10);
}
