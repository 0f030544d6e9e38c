#include "middleware/broker/check_options.hpp"

#include <tarn/limits.hpp>

#include "tests/support/catch.hpp"

using namespace tarn;
using broker::BrokerOptions;
using broker::check_options;
using test::contains_text;

TEST_CASE("the defaults are allowed", "[broker][check_options]") {
  CHECK(check_options(BrokerOptions{}));
}

TEST_CASE("a number out of its range is refused with key, value and range",
          "[broker][check_options]") {
  BrokerOptions options;
  SECTION("of the defaults") {
    options.rules.defaults.depth = kMaxDepth + 1;
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidConfig);
    CHECK_THAT(refused.error().message(),
               contains_text("defaults.depth is 65537") && contains_text("1 to 65536"));
  }
  SECTION("of a topic") {
    options.rules.rules.push_back({.name = "imu", .held = 0});
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message(), contains_text("topics.imu.held is 0"));
  }
  SECTION("history beyond the depth, which could never be given") {
    options.rules.defaults.depth = 2;
    options.rules.defaults.history = 3;
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message(), contains_text("defaults.history"));
  }
}

TEST_CASE("names that cannot be are refused", "[broker][check_options]") {
  BrokerOptions options;
  SECTION("of the domain") { options.domain = "Not/A/Domain"; }
  SECTION("of a topic") { options.rules.rules.push_back({.name = "sensor imu"}); }
  SECTION("of a type") {
    options.rules.rules.push_back({.name = "imu", .type = std::string(64, 'T')});
  }
  SECTION("of a topic that is there twice") {
    options.rules.rules.push_back({.name = "imu"});
    options.rules.rules.push_back({.name = "imu"});
  }
  SECTION("of a pattern") { options.rules.rules.push_back({.name = "imu/**/**"}); }
  SECTION("of patterns that nobody can tell apart") {
    options.rules.rules.push_back({.name = "left/*"});
    options.rules.rules.push_back({.name = "*/imu"});
  }
  CHECK_FALSE(check_options(options));
}

TEST_CASE("patterns in the order of their narrowness are allowed", "[broker][check_options]") {
  BrokerOptions options;
  options.rules.rules = {{.name = "**"}, {.name = "sensor/**"}, {.name = "sensor/imu"}};
  CHECK(check_options(options));
}

TEST_CASE("a listed topic's history is held against its depth, whoever says both",
          "[broker][check_options]") {
  BrokerOptions options;
  options.rules.rules = {{.name = "**", .history = 9}, {.name = "imu", .depth = 8}};
  const auto refused = check_options(options);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message(), contains_text("topics.**.history is 9"));
}
