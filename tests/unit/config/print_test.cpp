#include "config/print.hpp"

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/load.hpp"
#include "middleware/plan/topic_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/config/golden_files.hpp"

using tarn::config::DomainConfig;
using tarn::config::LinkConfig;
using tarn::config::LinkTopicConfig;
using tarn::config::print;
using tarn::plan::Overflow;
using tarn::plan::TopicRule;
using tarn::test::examine;

namespace {

// Draws configurations that hold: every value over its whole range, the ends of it often.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : random_(seed) {}

  DomainConfig config() {
    DomainConfig config;
    config.domain = word("abcxyz_-019", 1 + below(tarn::kMaxDomainNameBytes));
    if (one_in(2)) config.group = tarn::config::GroupConfig{.name = "root", .id = 0};
    if (one_in(2)) config.node = word("aZ.9_-", 1 + below(tarn::kMaxNodeNameBytes));
    pool(config.pool);
    limits(config.limits);
    topics(config);
    for (auto count = below(4); count > 0; --count) config.links.push_back(link(count));
    config.log_level = static_cast<tarn::config::LogLevel>(below(4));
    return config;
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    if (one_in(4)) return one_in(2) ? least : most;
    return least + below(most - least + 1);
  }
  template <typename Value>
  void maybe(std::optional<Value>& value, std::uint64_t least, std::uint64_t most) {
    if (one_in(2)) value = static_cast<Value>(between(least, most));
  }
  std::chrono::nanoseconds duration(std::uint64_t least_us, std::uint64_t most_us) {
    return std::chrono::microseconds(between(least_us, most_us));
  }
  std::string word(std::string_view letters, std::uint64_t length) {
    std::string text;
    while (text.size() < length) text += letters[below(letters.size())];
    return text;
  }
  std::string topic_name() {
    std::string name = word("abZ_.-7", 1 + below(8));
    for (auto levels = below(4); levels > 0; --levels) name += '/' + word("abZ_.-7", 1 + below(8));
    return name;
  }

  void pool(tarn::config::PoolConfig& pool) {
    pool.size_bytes = std::nullopt;  // the sizes below fit nowhere else for sure
    if (one_in(4)) pool.size_bytes = tarn::kMaxPoolBytes;
    pool.unplanned_bytes = between(0, 1u << 30);
    pool.refuse_unlisted = one_in(2);
    pool.lock_memory = one_in(2);
  }

  // At least what the topics below need.
  void limits(tarn::config::LimitsConfig& limits) {
    maybe(limits.clients, 1, tarn::kMaxClients);
    maybe(limits.topics, 64, tarn::kMaxTopics);
    maybe(limits.publishers, 1024, tarn::kMaxPublishers);
    if (one_in(2)) limits.memberships = tarn::kMaxMemberships;
    maybe(limits.waiters, 512, tarn::kMaxWaiters);
    maybe(limits.observers, 0, tarn::kMaxObservers);
    maybe(limits.patterns, 1, tarn::kMaxPatterns);
    maybe(limits.type_text_bytes, 1024, tarn::kMaxTypeTextTableBytes);
  }

  void topics(DomainConfig& config) {
    auto& defaults = config.rules.defaults;
    defaults.depth = static_cast<std::uint32_t>(between(16, 1024));
    defaults.history = static_cast<std::uint32_t>(between(0, 4));
    defaults.publishers = static_cast<std::uint32_t>(between(1, 4));
    defaults.subscribers = static_cast<std::uint32_t>(between(1, 16));
    defaults.orphans = static_cast<std::uint32_t>(between(0, 4));
    defaults.held = static_cast<std::uint32_t>(between(1, tarn::kMaxHeld));
    defaults.loans = static_cast<std::uint32_t>(between(1, tarn::kMaxLoans));
    defaults.overflow = one_in(2) ? Overflow::Block : Overflow::Reject;
    defaults.stamp = static_cast<tarn::plan::Stamp>(below(2));
    if (defaults.overflow == Overflow::Block) defaults.timeout = duration(1, 3'600'000'000);
    defaults.evict_after = duration(0, 3'600'000'000);
    config.spin = static_cast<tarn::config::Spin>(below(2));
    for (auto count = below(12); count > 0; --count) add_topic(config.rules, topic_name());
    // No two of these tie.
    for (const char* pattern : {"**", "*/x/**", "a/*", "sensor/*/raw"}) {
      if (one_in(2)) add_topic(config.rules, pattern);
    }
  }

  void add_topic(tarn::plan::TopicRules& rules, const std::string& name) {
    if (tarn::plan::listed(rules, name) != nullptr) return;
    TopicRule rule{.name = name};
    const bool pattern = tarn::is_topic_pattern(name);
    // A type has one size, so each topic that has one has its own.
    if (one_in(2) && !pattern) rule.type = "~ \"\\ :#'" + std::to_string(rules.rules.size());
    maybe(rule.payload_bytes, 1, 1u << 20);
    maybe(rule.depth, 16, 1024);
    maybe(rule.history, 0, 16);
    maybe(rule.publishers, 1, 4);
    maybe(rule.subscribers, 1, 16);
    maybe(rule.orphans, 0, 4);
    maybe(rule.held, 1, tarn::kMaxHeld);
    maybe(rule.loans, 1, tarn::kMaxLoans);
    if (one_in(2)) rule.stamp = static_cast<tarn::plan::Stamp>(below(2));
    if (one_in(2) && !pattern) {
      rule.overflow = Overflow::Block;
      if (one_in(2)) rule.timeout = duration(1, 3'600'000'000);
    } else if (one_in(2) && !pattern) {
      rule.overflow = static_cast<Overflow>(below(4));
    } else if (one_in(2)) {
      rule.evict_after = duration(0, 3'600'000'000);  // the defaults wait
      rule.overflow = Overflow::Reject;
    }
    rules.rules.push_back(rule);
  }

  LinkTopicConfig link_topic(bool exported, std::uint64_t number) {
    LinkTopicConfig topic;
    topic.topic = topic_name() + std::to_string(number);
    if (one_in(3)) {
      topic.as = topic_name();
    } else if (one_in(2)) {
      topic.prefix = topic_name() + '/';
    } else if (one_in(2)) {
      topic.topic += "/**";
    }
    maybe(topic.max_rate_hz, 1, 1'000'000);
    maybe(topic.max_size_bytes, 1, tarn::kMaxMessageBytes);
    if (exported) topic.priority = static_cast<tarn::config::Priority>(below(4));
    if (exported) topic.reliable = one_in(2);
    return topic;
  }

  LinkConfig link(std::uint64_t number) {
    LinkConfig link;
    link.name = "link" + std::to_string(number);
    for (auto count = below(3); count > 0; --count) {
      link.connect.push_back("tcp://[::1]:" + std::to_string(between(1, 65535)));
    }
    if (link.connect.empty() || one_in(2)) link.listen = "tcp://0.0.0.0:7450";
    for (auto count = below(4); count > 0; --count) {
      link.exports.push_back(link_topic(true, count));
    }
    for (auto count = below(4); count > 0; --count) {
      link.imports.push_back(link_topic(false, count));
    }
    link.queue.messages = static_cast<std::uint32_t>(between(1, tarn::kMaxDepth));
    link.queue.bytes = static_cast<std::uint32_t>(between(1024, tarn::kMaxMessageBytes));
    link.heartbeat = duration(10'000, 60'000'000);
    link.insecure = true;
    link.forward = one_in(2);
    return link;
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("what is printed reads back as what it was", "[config][print]") {
  Draw draw(tarn::test::seed());
  for (int round = 0; round < 400; ++round) {
    const DomainConfig config = draw.config();
    const std::string text = print(config);
    CAPTURE(round, text);
    const auto loading = examine(text);
    if (!loading) FAIL(loading.error().lines().front());
    REQUIRE(loading->config == config);
  }
}

TEST_CASE("a good file, printed, says the same", "[config][print]") {
  for (const auto& file : tarn::test::golden_files("good")) {
    CAPTURE(file.name);
    const auto loading = examine(file.text);
    REQUIRE(loading);
    const auto again = examine(print(loading->config));
    REQUIRE(again);
    CHECK(again->config == loading->config);
  }
}

TEST_CASE("what the defaults say is not printed", "[config][print]") {
  CHECK(print({}) == "version: 1\ndomain: \"default\"\n");
}
