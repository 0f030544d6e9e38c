#include "middleware/broker/configuration_keys.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"

using namespace tarn;
using broker::BrokerOptions;
using test::must;
using Keys = std::vector<std::string>;

namespace {

constexpr std::uint32_t kPage = 4096;

pool::PoolGeometry geometry_of(const BrokerOptions& options) {
  return must(pool::plan_geometry({}, options.pool_bytes, kPage));
}

}  // namespace

TEST_CASE("two configurations are told apart by the names of their keys",
          "[broker][configuration]") {
  BrokerOptions one;
  one.rules.rules = {{.name = "camera/front", .depth = 4}, {.name = "imu"}};
  CHECK(broker::changed_keys(one, one).empty());
  BrokerOptions other = one;
  other.unplanned_bytes = 4096;
  other.refuse_unlisted = true;
  other.rules.defaults.timeout += std::chrono::nanoseconds(1);
  other.rules.rules[0].loans = 5;
  other.rules.rules[1].name = "attitude";
  other.log_level = broker::LogLevel::Debug;
  other.spin = false;
  CHECK(broker::changed_keys(one, other) == Keys{"pool.unplanned", "pool.unlisted", "defaults",
                                                 "defaults.spin", "topics.camera/front",
                                                 "topics.imu", "topics.attitude", "log.level"});
}

TEST_CASE("keys that shape the pool are named with what it has and what is configured",
          "[broker][configuration]") {
  const BrokerOptions kept;
  CHECK(broker::waiting_keys(kept, kept, geometry_of(kept)).empty());
  BrokerOptions wanted;
  wanted.domain = "plant";
  wanted.pool_bytes = 8 << 20;
  wanted.limits.topics = 300;
  wanted.limits.publishers = 100;
  wanted.limits.observers = 9;
  wanted.lock_memory = true;
  wanted.group = 7;
  CHECK(broker::waiting_keys(wanted, kept, geometry_of(kept)) ==
        Keys{"domain (default, configured plant)", "pool.size (16777216, configured 8388608)",
             "limits.topics (256, configured 300)", "limits.publishers (256, configured 100)",
             "limits.observers (8, configured 9)", "pool.lock_memory",
             "group (none, configured gid 7)"});
}

TEST_CASE("a list that is too long says how many keys it leaves out", "[broker][configuration]") {
  const Keys keys{"first", "second", "third"};
  CHECK(broker::lines_of(keys, 100) == "first\nsecond\nthird");
  CHECK(broker::lines_of({"a", std::string(20, 'b'), "c"}, 22) == "a\nand 2 more");
  CHECK(broker::lines_of({}, 17).empty());
  Keys many;
  for (int i = 0; i < 10'000; ++i) many.push_back("topics.number/" + std::to_string(i));
  const std::string lines = broker::lines_of(many, 3'400);
  CHECK(lines.size() <= 3'400);
  CHECK(lines.find(" more") != std::string::npos);
  CHECK(broker::listed(keys) == "first, second, third");
  CHECK(broker::listed(Keys(14, "k")) == "k, k, k, k, k, k, k, k, k, k, k, k and 2 more");
}
