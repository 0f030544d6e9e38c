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
    options.defaults.depth = kMaxDepth + 1;
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Errc::InvalidConfig);
    CHECK_THAT(refused.error().message(),
               contains_text("defaults.depth is 65537") && contains_text("1 to 65536"));
  }
  SECTION("of a topic") {
    options.topics.push_back({.name = "imu", .type = "", .settings = {.held = 0}});
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message(), contains_text("topics.imu.held is 0"));
  }
  SECTION("history beyond the depth, which could never be given") {
    options.defaults.depth = 2;
    options.defaults.history = 3;
    const auto refused = check_options(options);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message(), contains_text("defaults.history"));
  }
}

TEST_CASE("names that cannot be are refused", "[broker][check_options]") {
  BrokerOptions options;
  SECTION("of the domain") { options.domain = "Not/A/Domain"; }
  SECTION("of a topic") {
    options.topics.push_back({.name = "sensor imu", .type = "", .settings = {}});
  }
  SECTION("of a type") {
    options.topics.push_back({.name = "imu", .type = std::string(64, 'T'), .settings = {}});
  }
  SECTION("of a topic that is there twice") {
    options.topics.push_back({.name = "imu", .type = "", .settings = {}});
    options.topics.push_back({.name = "imu", .type = "", .settings = {}});
  }
  CHECK_FALSE(check_options(options));
}
