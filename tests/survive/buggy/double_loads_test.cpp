// A word of somebody else's page is loaded once, checked, and used as it was: here each such word changes as
// soon as it has been loaded, and everything goes on as if it had not. What is loaded twice by intention is
// compared with what it was, or a hint, and named here.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/directory/records_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/numbered.hpp"
#include "tests/support/domain/pool_stretches.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/survive/points/observed/observed.hpp"

using namespace std::chrono_literals;

namespace tarn::test {

namespace {

// A control word is compared with what it was, never used again; tail says where to look, and the newest stamp
// which of several rings to look at; a publisher's sleep and whom a private ring serves are asked anew by each
// step that depends on them.
constexpr std::array<std::string_view, 7> kAskedAgain = {
    "tarn_ctl_observe", "tarn_copy_finish", "tarn_pin_claim",        "tarn_tail_read",
    "newest_stamp",     "tarn_room_look",   "tarn_private_ring_look"};

// Somebody else's page, whose words change behind the back of whoever loads them.
class ChangingPage {
 public:
  explicit ChangingPage(std::byte* first, std::size_t bytes) : first_(first), bytes_(bytes) {
    REQUIRE(first != nullptr);
  }

  // Runs one operation; afterwards all words are what they were.
  template <typename Operation>
  auto during(Operation operation) {
    loaded_.clear();
    current_ = this;
    observed::observe(&kObserver);
    auto result = operation();
    observed::observe(nullptr);
    current_ = nullptr;
    for (const auto& [word, was] : loaded_) std::memcpy(word, &was.value, was.bytes);
    changed_ += loaded_.size();
    return result;
  }

  // Names of the places that loaded a word once more.
  [[nodiscard]] const std::set<std::string>& double_loads() const { return double_loads_; }
  [[nodiscard]] std::size_t changed() const { return changed_; }

 private:
  struct Was {
    std::uint64_t value;
    std::size_t bytes;
  };

  static void after(const observed::Site& site, const void* address) {
    if (site.access == observed::Access::Load) current_->note(site, address);
  }
  static constexpr observed::Observer kObserver{.after = after};

  void note(const observed::Site& site, const void* address) {
    auto* const word = static_cast<std::byte*>(const_cast<void*>(address));
    if (word < first_ || word >= first_ + bytes_) return;
    if (std::ranges::count(kAskedAgain, site.function) != 0) return;
    Was was{.value = 0, .bytes = site.bytes};
    std::memcpy(&was.value, word, was.bytes);
    if (!loaded_.emplace(word, was).second) {
      double_loads_.insert(observed::name_of(site));
      return;
    }
    const std::uint64_t other = ~was.value;
    std::memcpy(word, &other, was.bytes);
  }

  static inline ChangingPage* current_ = nullptr;
  std::byte* first_;
  std::size_t bytes_;
  std::map<std::byte*, Was> loaded_;
  std::set<std::string> double_loads_;
  std::size_t changed_ = 0;
};

plan::TopicRule rule(std::uint32_t payload_bytes, plan::Overflow overflow) {
  return listed("topic", payload_bytes,
                {.depth = 4, .history = 4, .subscribers = 2, .overflow = overflow});
}

// A publisher and a subscriber, each with a node and so with pages of its own.
template <typename M>
struct Ends {
  explicit Ends(plan::Overflow overflow)
      : domain({.topics = {rule(sizeof(M), overflow)}, .spin = false}),
        pool(domain.path()),
        publisher(must(writer.publisher<M>("topic"))) {}

  void publish(int count) {
    for (int i = 0; i < count; ++i) must(publisher.send(numbered<M>(1, ++published)));
  }
  // What the publisher writes.
  [[nodiscard]] ChangingPage area() const {
    const auto& ring =
        *pool.view().record<directory::RingRecordLayout>(pool.view().geometry().rings, 0);
    return ChangingPage(place_in_pool(ring.area_offset, true), ring.area_bytes);
  }
  // What the subscriber writes: the only block there is.
  [[nodiscard]] ChangingPage lines() const {
    const auto& geometry = pool.view().geometry();
    return ChangingPage(place_in_pool(geometry.blocks.offset, true), geometry.page_bytes);
  }

  TestDomain domain;
  PoolObserver pool;
  Node writer = domain.open("writer");
  Node reader = domain.open("reader");
  Publisher<M> publisher;
  std::uint64_t published = 0;
};

template <typename M>
void check(const Sample<M>& sample, std::uint64_t number, std::uint64_t lost_before = 0) {
  REQUIRE(sample);
  CHECK(is_intact(*sample));
  CHECK(sample->number == number);
  CHECK(sample.sequence() == number);
  CHECK(sample.lost_before() == lost_before);
}

void check(const ChangingPage& page) {
  for (const std::string& site : page.double_loads()) {
    INFO("loaded twice: " << site);
    CHECK(false);
  }
  CHECK(page.changed() > 0);
}

}  // namespace

TEMPLATE_TEST_CASE("a reader loads each word of a publisher's pages once", "[survive]", Small,
                   Large) {
  const auto overflow =
      GENERATE(plan::Overflow::DropOldest, plan::Overflow::DropNewest, plan::Overflow::Block);
  const bool newest = overflow == plan::Overflow::DropNewest;
  Ends<TestType> ends(overflow);
  auto subscriber = must(ends.reader.template subscriber<TestType>("topic"));
  auto area = ends.area();
  // Where there is a ring of its own it begins with the first message.
  ends.publish(1);
  check(subscriber.try_take(), 1);
  const auto take = [&] { return area.during([&] { return subscriber.try_take(); }); };
  SECTION("when it takes") {
    ends.publish(3);
    for (std::uint64_t number = 2; number <= 4; ++number) check(take(), number);
    CHECK_FALSE(take());
  }
  SECTION("when it was lapped, or refused") {
    if (overflow == plan::Overflow::Block) return;
    ends.publish(6);
    check(take(), newest ? 2 : 4, newest ? 0 : 2);
    check(take(), newest ? 3 : 5);
  }
  SECTION("when it reads the latest") {
    ends.publish(3);
    check(area.during([&] { return subscriber.read_latest(); }), 4);
  }
  SECTION("when it waits") {
    ends.publish(1);
    check(area.during([&] { return subscriber.wait_take(1s); }), 2);
  }
  check(area);
}

TEMPLATE_TEST_CASE("a reader that begins loads each word of a publisher's pages once", "[survive]",
                   Small, Large) {
  Ends<TestType> ends(plan::Overflow::DropOldest);
  ends.publish(6);
  auto area = ends.area();
  auto subscriber = area.during(
      [&] { return must(ends.reader.template subscriber<TestType>("topic", {.history = 2})); });
  check(subscriber.try_take(), 5);
  check(subscriber.try_take(), 6);
  CHECK(area.double_loads().empty());
}

TEMPLATE_TEST_CASE("a publisher loads each word of a subscriber's pages once", "[survive]", Small,
                   Large) {
  const auto overflow = GENERATE(plan::Overflow::DropOldest, plan::Overflow::DropNewest,
                                 plan::Overflow::Block, plan::Overflow::Reject);
  Ends<TestType> ends(overflow);
  auto subscriber = must(ends.reader.template subscriber<TestType>("topic"));
  auto lines = ends.lines();
  // It has slept, and so will be looked at.
  CHECK_FALSE(subscriber.wait_take(1ms));
  for (int round = 0; round < 20; ++round) {
    const auto published =
        lines.during([&] { return ends.publisher.send(numbered<TestType>(1, ++ends.published)); });
    must(published);
    check(subscriber.try_take(), ends.published);
  }
  CHECK(lines.during([&] { return ends.publisher.subscriber_count(); }) == 1);
  must(lines.during([&] { return ends.publisher.wait_for_subscribers(1, 1s); }));
  check(lines);
}

}  // namespace tarn::test
