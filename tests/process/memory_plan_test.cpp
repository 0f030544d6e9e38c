// The plan is enough: whatever configuration, whatever order, with the first broker or the next, nobody who
// keeps to a listed topic's settings is ever refused for memory or limits, in a pool of just the planned size;
// and a byte less is refused at the start. Why it is enough is in docs/decisions/0015; this looks for what
// that overlooks.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include <tarn/tarn.hpp>

#include "middleware/directory/record_state.hpp"
#include "middleware/plan/memory_plan.hpp"
#include "platform/file_mapping.hpp"
#include "tests/process/busy_topic.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain/pool_usage.hpp"
#include "tests/support/domain/test_domain.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/temporary_directory.hpp"

namespace tarn::test {

namespace {

constexpr std::uint32_t kNodes = 3;  // and one that is greedy
constexpr int kSteps = 1000;

// Draws configurations.
class Draw {
 public:
  explicit Draw(std::mt19937& random) : random_(random) {}

  DomainOptions options() {
    DomainOptions options;
    options.pool_bytes = 0;
    options.unplanned_bytes = upto(100'000);
    options.topics = topics();
    options.defaults = {.depth = 4 + upto(4),
                        .history = upto(4),
                        .subscribers = upto(4),
                        .orphans = upto(3) - 1,
                        .held = upto(3),
                        .loans = upto(3)};
    if (coin()) options.limits = tight_limits(options);
    return options;
  }

 private:
  bool coin() { return random_() % 2 == 0; }
  std::uint32_t upto(std::uint32_t most) {
    return static_cast<std::uint32_t>(1 + random_() % most);
  }
  template <typename Value>
  void perhaps(std::optional<Value>& setting, std::uint32_t value) {
    if (coin()) setting = value;
  }

  std::uint32_t payload_bytes() {
    switch (random_() % 4) {
      case 0:
        return upto(kInlineBytesInSlot64);
      case 1:
        return upto(kInlineBytesInSlot256);
      case 2:
        return 65'000 + upto(1'000);  // where a ring has fewer chunks to spare
      default:
        return upto(5'000);
    }
  }

  std::vector<plan::TopicRule> topics() {
    std::vector<plan::TopicRule> rules;
    rules.push_back({.name = "some/**", .history = 1, .held = upto(3)});
    perhaps(rules.back().loans, upto(4));
    perhaps(rules.back().orphans, upto(4) - 1);
    for (std::uint32_t i = upto(4); i > 0; --i) {
      plan::TopicRule topic{.name = (coin() ? "some/t" : "t") + std::to_string(i)};
      topic.payload_bytes = payload_bytes();
      perhaps(topic.depth, 3 + upto(8));
      perhaps(topic.history, random_() % 4);
      perhaps(topic.publishers, upto(4));
      perhaps(topic.subscribers, upto(6));
      perhaps(topic.orphans, upto(8) - 1);
      perhaps(topic.held, upto(4));
      perhaps(topic.loans, upto(4));
      if (coin()) topic.overflow = plan::Overflow::DropNewest;
      rules.push_back(topic);
    }
    if (coin()) rules.push_back({.name = "without/size"});
    return rules;
  }

  // What the listed topics need and not one more.
  static plan::WrittenLimits tight_limits(const DomainOptions& options) {
    const auto promise = plan::promised(
        plan::plan_topics({.defaults = options.defaults, .rules = options.topics}, 4096));
    const auto uses = plan::use_of_limits(promise, {});
    const auto need = [&](std::size_t i) { return static_cast<std::uint32_t>(uses.at(i).need); };
    return {.clients = kNodes + 1,
            .topics = need(0),
            .publishers = need(1),
            .memberships = need(2),
            .waiters = need(3),
            .type_text_bytes = 1};
  }

  std::mt19937& random_;
};

// Takes all that topics which are not listed can get, and keeps it.
class Greedy {
 public:
  explicit Greedy(const TestDomain& domain) : node_(domain.open("greedy")) {}

  void take_all() {
    const auto small = RuntimeMessageType::describe("Small", 8, 8, "a:u64");
    const auto large = RuntimeMessageType::describe("Large", 3'000, 8, "a:u8[]");
    for (const auto& type : {large, small}) {
      for (const std::string where : {"some/other", "other"}) {
        while (keep(node_.untyped_subscriber(where + type.name, type), subscribers_)) {
        }
        while (keep(node_.untyped_publisher(where + type.name, type), publishers_)) {
        }
      }
    }
    for (int i = 0; keep(node_.untyped_publisher("t/" + std::to_string(i), small), publishers_) ||
                    keep(node_.untyped_subscriber("t/" + std::to_string(i), small), subscribers_);
         ++i) {
    }
  }

 private:
  template <typename Endpoint>
  static bool keep(Result<Endpoint> endpoint, std::deque<Endpoint>& kept) {
    if (!endpoint) return false;
    kept.push_back(std::move(*endpoint));
    return true;
  }

  Node node_;
  std::deque<UntypedPublisher> publishers_;
  std::deque<UntypedSubscriber> subscribers_;
};

directory::TopicRecordLayout record_of(const PoolObserver& pool, const std::string& name) {
  const auto& table = pool.view().geometry().topics;
  for (std::uint32_t i = 0; i < table.count; ++i) {
    const auto* record = pool.view().record<directory::TopicRecordLayout>(table, i);
    const bool used = directory::record_state(record->state) != directory::RecordState::Free;
    if (used && directory::text_in(record->name) == name) return *record;
  }
  FAIL("no topic " << name);
  return {};
}

// At random, but with no more orphans than the topic has places for.
void step(BusyTopic& topic, const PoolObserver& pool, std::mt19937& random) {
  const auto publisher = static_cast<std::uint32_t>(random() % topic.settings().publishers);
  const auto subscriber = static_cast<std::uint32_t>(random() % topic.settings().subscribers);
  switch (random() % 8) {
    case 0:
      if (record_of(pool, topic.name()).orphan_count < topic.settings().orphans) {
        topic.replace_publisher(publisher);
      }
      break;
    case 1:
      topic.replace_subscriber(subscriber);
      break;
    case 2:
    case 3:
      topic.release(subscriber);
      break;
    case 4:
    case 5:
      topic.take(subscriber);
      break;
    default:
      topic.publish(publisher);
  }
}

void drive_to_the_worst(TestDomain& domain, const plan::TopicRules& rules, std::mt19937& random) {
  const PoolObserver pool(domain.path());
  Greedy greedy(domain);
  greedy.take_all();
  std::vector<Node> nodes;
  for (std::uint32_t i = 0; i < kNodes; ++i) nodes.push_back(domain.open("node"));
  std::deque<BusyTopic> topics;
  for (const plan::TopicPlan& topic : plan::plan_topics(rules, 4096)) {
    if (topic.bytes > 0) topics.emplace_back(topic.name, topic.settings, nodes, random);
  }
  for (BusyTopic& topic : topics) topic.fill();
  for (BusyTopic& topic : topics) {
    INFO(topic.name());
    for (std::uint32_t i = 0; i < topic.settings().orphans; ++i) {
      topic.replace_publisher(i % topic.settings().publishers);
    }
    const auto record = record_of(pool, topic.name());
    CHECK(record.publisher_count == topic.settings().publishers);
    CHECK(record.orphan_count == topic.settings().orphans);
    CHECK(record.subscriber_count == topic.settings().subscribers);
  }
  if (random() % 2 == 0) {
    domain.kill_broker();
    CHECK(domain.start_broker() == broker::PoolOrigin::Adopted);
  }
  for (int i = 0; i < kSteps; ++i) step(topics[random() % topics.size()], pool, random);
  for (BusyTopic& topic : topics) topic.hold_all();
}

void check_a_byte_less_is_refused(broker::BrokerOptions options, std::uint64_t needed) {
  const TemporaryDirectory directory;
  options.runtime_directory = directory.path();
  options.pool_bytes = needed - 1;
  const auto refused = broker::Broker::create(options);
  REQUIRE_FALSE(refused);
  CHECK(to_string(refused.error().code()) == to_string(Errc::InvalidConfig));
  CHECK_THAT(refused.error().message(), contains_text("needed are " + std::to_string(needed)));
}

}  // namespace

TEST_CASE("in a pool of the planned size nobody who keeps to the plan is ever refused",
          "[process][plan]") {
  std::mt19937 random(seed());
  for (int round = 0; round < effort(40, 6); ++round) {
    INFO("configuration " << round);
    const DomainOptions drawn = Draw(random).options();
    TestDomain domain(drawn);
    const auto options = domain.broker_options();
    const auto plan = must(plan::plan_memory(
        options.rules, {.limits = options.limits,
                        .unplanned_bytes = options.unplanned_bytes,
                        .page_bytes = static_cast<std::uint32_t>(platform::page_bytes())}));
    CHECK(PoolObserver(domain.path()).header().pool_bytes == plan.needed_bytes);
    drive_to_the_worst(domain, options.rules, random);
    check_a_byte_less_is_refused(options, plan.needed_bytes);
  }
}

}  // namespace tarn::test
