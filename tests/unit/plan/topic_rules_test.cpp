#include "middleware/plan/topic_rules.hpp"

#include <tarn/limits.hpp>

#include "tests/support/catch.hpp"

using tarn::kMaxPublishersPerUnlistedTopic;
using tarn::plan::decider;
using tarn::plan::resolve;
using tarn::plan::TopicRule;
using tarn::plan::TopicRules;

namespace {

TopicRules three_rules() {
  TopicRules rules;
  rules.defaults.depth = 3;
  rules.rules = {{.name = "**", .depth = 5, .held = 6},
                 {.name = "sensor/**", .payload_bytes = 32, .depth = 7},
                 {.name = "sensor/imu", .depth = 9}};
  return rules;
}

}  // namespace

TEST_CASE("each setting comes from the narrowest rule that has it", "[plan]") {
  const TopicRules rules = three_rules();
  const auto imu = resolve(rules, "sensor/imu");
  CHECK(imu.depth == 9);
  CHECK(imu.payload_bytes == 32);
  CHECK(imu.held == 6);
  CHECK(imu.loans == rules.defaults.loans);
  CHECK(resolve(rules, "sensor/gps").depth == 7);
  CHECK(resolve(rules, "other").depth == 5);
  SECTION("whatever their order") {
    TopicRules turned = rules;
    std::swap(turned.rules.front(), turned.rules.back());
    CHECK(resolve(turned, "sensor/imu") == imu);
  }
  SECTION("and says which") {
    CHECK(decider(rules, "sensor/imu", &TopicRule::depth)->name == "sensor/imu");
    CHECK(decider(rules, "sensor/imu", &TopicRule::held)->name == "**");
    CHECK(decider(rules, "sensor/imu", &TopicRule::loans) == nullptr);
  }
}

TEST_CASE("an unlisted topic takes more publishers than a listed one plans", "[plan]") {
  TopicRules rules = three_rules();
  CHECK(resolve(rules, "sensor/imu").publishers == 1);
  CHECK(resolve(rules, "sensor/gps").publishers == kMaxPublishersPerUnlistedTopic);
  rules.rules[1].publishers = 4;
  CHECK(resolve(rules, "sensor/gps").publishers == 4);
}
