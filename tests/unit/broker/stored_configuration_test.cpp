#include "middleware/broker/stored_configuration.hpp"

#include <chrono>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "middleware/broker/configuration_keys.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "middleware/plan/stored_rules.hpp"
#include "middleware/pool/configuration_halves.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"

using namespace tarn;
using namespace tarn::test;

namespace {

broker::BrokerOptions everything_unusual() {
  using namespace std::chrono_literals;
  broker::BrokerOptions options;
  options.group = 1234;
  options.unplanned_bytes = 4096;
  options.refuse_unlisted = true;
  options.spin = false;
  options.limits.observers = 3;
  options.rules.defaults = {.depth = 9,
                            .history = 2,
                            .publishers = 3,
                            .subscribers = 4,
                            .orphans = 5,
                            .held = 6,
                            .loans = 7,
                            .overflow = directory::Overflow::Block,
                            .stamp = directory::Stamp::None,
                            .timeout = 20ms,
                            .evict_after = 1s};
  options.rules.rules.push_back({.name = "camera/front",
                                 .type = "Frame",
                                 .payload_bytes = 1 << 20,
                                 .depth = 4,
                                 .history = 0});
  options.rules.rules.push_back({.name = "imu", .payload_bytes = 32});
  return options;
}

constexpr std::size_t kRulesAt = 24;  // behind everything else

const std::vector<broker::Extent> kPlaces{
    {.topic = "imu", .first = 3, .units_each = 2, .count = 5}};

// Memory that has the place for a configuration that a pool has, and nothing else of it.
class Store {
 public:
  explicit Store(const broker::BrokerOptions& options)
      : bytes_(sizeof(pool::PoolHeaderLayout) + plan::configuration_bytes(options.rules)) {
    pool::PoolGeometry geometry;
    geometry.configuration = {.offset = sizeof(pool::PoolHeaderLayout),
                              .count = plan::configuration_bytes(options.rules),
                              .record_bytes = 1};
    view_ = pool::PoolView(bytes_.data(), geometry);
    broker::store_configuration({.options = options, .areas = kPlaces, .members = kPlaces}, view_);
  }

  [[nodiscard]] Result<broker::StoredConfiguration> load() const {
    return broker::load_configuration(view_, broker::BrokerOptions{});
  }
  // The half that holds.
  [[nodiscard]] std::span<std::byte> bytes() {
    return std::span(bytes_).subspan(sizeof(pool::PoolHeaderLayout),
                                     pool::configuration_half_bytes(view_.geometry()));
  }

 private:
  std::vector<std::byte> bytes_;
  pool::PoolView view_;
};

}  // namespace

TEST_CASE("a configuration comes back from the pool as it went in", "[broker][configuration]") {
  const auto options = everything_unusual();
  const auto loaded = must(Store(options).load());
  CHECK(broker::changed_keys(options, loaded.options).empty());
  CHECK(loaded.options.group == options.group);
  CHECK(loaded.options.rules == options.rules);
  CHECK(loaded.areas == kPlaces);
  CHECK(loaded.members == kPlaces);
}

TEST_CASE("a stored configuration that does not hold is refused", "[broker][configuration]") {
  Store store(everything_unusual());
  const auto put = [&](std::size_t offset, std::uint32_t value) {
    std::memcpy(store.bytes().data() + offset, &value, sizeof value);
  };
  SECTION("by its length") { put(0, 0x7FFFFFFF); }
  SECTION("by the number of rules") {
    const auto rules = everything_unusual().rules;
    const auto defaults = plan::stored_bytes({.defaults = rules.defaults, .rules = {}});
    put(kRulesAt + defaults - 4, 0xFFFFFFFF);
  }
  SECTION("by a place of no rule") {
    const auto rules = everything_unusual().rules;
    put(kRulesAt + plan::stored_bytes(rules) + 4, 2);
  }
  SECTION("by a value out of range") { put(kRulesAt + 2 + 4, 0); }  // depth, behind type and size
  const auto refused = store.load();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::Corrupt);
}

TEST_CASE("random bytes in the place of a configuration do no harm", "[broker][configuration]") {
  Store store(everything_unusual());
  std::mt19937 random(seed());
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    Store copy(everything_unusual());
    for (int i = 0; i < 4; ++i) {
      copy.bytes()[random() % copy.bytes().size()] = static_cast<std::byte>(random());
    }
    if (!copy.load()) ++refused;
  }
  CHECK(refused > 0);
}
