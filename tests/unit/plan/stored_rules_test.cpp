#include "middleware/plan/stored_rules.hpp"

#include <span>
#include <vector>

#include "middleware/plan/setting_list.hpp"
#include "tests/support/catch.hpp"

using namespace tarn;
using plan::TopicRules;

namespace {

TopicRules full() {
  TopicRules rules;
  rules.defaults.depth = 7;
  rules.defaults.stamp = plan::Stamp::None;
  rules.rules = {{.name = "a/**", .depth = 3, .overflow = plan::Overflow::Reject},
                 {.name = "a/b",
                  .type = "Imu",
                  .payload_bytes = 40,
                  .depth = 9,
                  .history = 2,
                  .publishers = 3,
                  .subscribers = 4,
                  .orphans = 0,
                  .held = 5,
                  .loans = 6,
                  .overflow = plan::Overflow::Block,
                  .stamp = plan::Stamp::Source,
                  .timeout = std::chrono::milliseconds(20),
                  .evict_after = std::chrono::seconds(1)},
                 {.name = "empty"}};
  return rules;
}

std::vector<std::byte> stored(const TopicRules& rules) {
  std::vector<std::byte> bytes(plan::stored_bytes(rules));
  wire::ByteWriter writer(bytes);
  plan::write_rules(writer, rules);
  CHECK(writer.fits());
  CHECK(writer.written().size() == bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("rules come back from bytes as they were", "[plan]") {
  const TopicRules rules = full();
  const auto bytes = stored(rules);
  wire::ByteReader reader(bytes);
  const auto back = plan::read_rules(reader);
  REQUIRE(back);
  CHECK(reader.at_end());
  CHECK(*back == rules);
}

TEST_CASE("rules that end too early are none", "[plan]") {
  const auto bytes = stored(full());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::span<const std::byte> all = bytes;
    wire::ByteReader reader(all.first(length));
    INFO(length << " bytes");
    CHECK_FALSE(plan::read_rules(reader));
  }
}

TEST_CASE("settings that nobody knows are no rules", "[plan]") {
  TopicRules rules;
  rules.rules = {{.name = "x"}};
  auto bytes = stored(rules);
  SECTION("a policy") {
    rules.defaults.overflow = static_cast<plan::Overflow>(9);
    bytes = stored(rules);
  }
  SECTION("a setting") { bytes.back() = std::byte{0x80}; }
  wire::ByteReader reader(bytes);
  CHECK_FALSE(plan::read_rules(reader));
}

TEST_CASE("the key that decides a setting is the line's it comes from", "[plan]") {
  const TopicRules rules = full();
  CHECK(plan::deciding_key(rules, "a/b", "depth") == "topics.a/b.depth");
  CHECK(plan::deciding_key(rules, "a/c", "depth") == "topics.a/**.depth");
  CHECK(plan::deciding_key(rules, "a/c", "held") == "defaults.held");
}
