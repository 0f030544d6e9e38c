#include "middleware/plan/memory_plan.hpp"

#include <algorithm>
#include <cinttypes>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "middleware/plan/stored_rules.hpp"
#include "middleware/pool/configuration_halves.hpp"

namespace tarn::plan {

namespace {

constexpr std::size_t kTopicsNamed = 3;

// Where sums stop growing, so that none wraps: one topic stays below 2^54.
constexpr std::uint64_t kBeyondAnyPool = std::uint64_t{1} << 60;

std::uint64_t whole_pages(std::uint64_t bytes, std::uint32_t page_bytes) {
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

// The listed topics by name, with all but their bytes.
std::vector<TopicPlan> list_topics(const TopicRules& rules) {
  std::vector<TopicPlan> topics;
  for (const TopicRule& rule : rules.rules) {
    if (is_topic_pattern(rule.name)) continue;
    const TopicSettings settings = resolve(rules, rule.name);
    topics.push_back({.name = rule.name,
                      .settings = settings,
                      .rings = settings.publishers + settings.orphans,
                      .ring = {},
                      .bytes = 0});
  }
  std::sort(topics.begin(), topics.end(),
            [](const TopicPlan& one, const TopicPlan& other) { return one.name < other.name; });
  return topics;
}

void count_bytes(std::vector<TopicPlan>& topics, std::uint32_t page_bytes) {
  for (TopicPlan& topic : topics) {
    const TopicSettings& settings = topic.settings;
    if (settings.payload_bytes == 0) continue;
    topic.ring = shape_ring({.payload_bytes = settings.payload_bytes,
                             .alignment = kMaxMessageAlignment,
                             .depth = settings.depth,
                             .loans = settings.loans,
                             .subscribers = settings.subscribers,
                             .held = settings.held,
                             .private_rings = settings.overflow == Overflow::DropNewest},
                            page_bytes);
    topic.bytes = topic.rings * topic.ring.area_bytes;
  }
}

// "topics.a 4096, topics.b 1024", the largest first.
std::string largest(const MemoryPlan& plan) {
  std::vector<const TopicPlan*> sorted;
  for (const TopicPlan& topic : plan.topics) {
    if (topic.bytes > 0) sorted.push_back(&topic);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const TopicPlan* one, const TopicPlan* other) {
    return one->bytes > other->bytes;
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(sorted.size(), kTopicsNamed); ++i) {
    text += (i == 0 ? "" : ", ") + ("topics." + sorted[i]->name) + " " +
            std::to_string(sorted[i]->bytes);
  }
  return text.empty() ? "none with a size" : text;
}

}  // namespace

std::vector<TopicPlan> plan_topics(const TopicRules& rules, std::uint32_t page_bytes) {
  std::vector<TopicPlan> topics = list_topics(rules);
  count_bytes(topics, page_bytes);
  return topics;
}

Promise promised(const std::vector<TopicPlan>& topics) noexcept {
  Promise sum;
  for (const TopicPlan& topic : topics) sum += promise_of(topic.settings);
  return sum;
}

std::uint32_t configuration_bytes(const TopicRules& rules) {
  const std::uint64_t bytes =
      kStoredHeadBytes + stored_bytes(rules) + rules.rules.size() * kStoredPlaceBytes;
  return pool::configuration_table_bytes(static_cast<std::uint32_t>(bytes));
}

Result<MemoryPlan> plan_memory(const TopicRules& rules, const MemoryDemand& demand) {
  MemoryPlan plan;
  plan.topics = list_topics(rules);
  const Promise promise = promised(plan.topics);
  plan.limit_uses = use_of_limits(promise, demand.limits);
  plan.limits = settle_limits(promise, demand.limits);
  plan.limits.configuration_bytes = configuration_bytes(rules);
  const auto bookkeeping = pool::bookkeeping_bytes(plan.limits, demand.page_bytes);
  if (!bookkeeping) return Failure(bookkeeping.error());
  count_bytes(plan.topics, demand.page_bytes);
  plan.bookkeeping_bytes = *bookkeeping;
  for (const TopicPlan& topic : plan.topics) {
    plan.topic_bytes = std::min(kBeyondAnyPool, plan.topic_bytes + topic.bytes);
  }
  plan.unplanned_bytes =
      whole_pages(std::min(kBeyondAnyPool, demand.unplanned_bytes), demand.page_bytes);
  // There is no pool without a page for messages.
  if (plan.topic_bytes + plan.unplanned_bytes == 0) plan.unplanned_bytes = demand.page_bytes;
  plan.needed_bytes = plan.bookkeeping_bytes + plan.topic_bytes + plan.unplanned_bytes;
  plan.pool_bytes = demand.pool_bytes == 0 ? plan.needed_bytes : demand.pool_bytes;
  return plan;
}

Result<void> check_plan(const MemoryPlan& plan) {
  for (const LimitUse& use : plan.limit_uses) {
    if (use.enough()) continue;
    return Failure(Error::make(Errc::InvalidConfig, 0,
                               "%s is %" PRIu32 "%s, the listed topics need %" PRIu64
                               ": %s, or lower their publishers, orphans or subscribers",
                               use.key, use.limit, use.written ? "" : " at most", use.need,
                               use.written ? "raise it or leave it out" : "list fewer of them"));
  }
  for (const TopicPlan& topic : plan.topics) {
    if (topic.ring.chunk_count <= kMaxChunks) continue;
    return Failure(Error::make(
        Errc::InvalidConfig, 0,
        "topics.%s drops the newest messages and so keeps %" PRIu32 " of them for %" PRIu32
        " subscribers, at most %" PRIu32 " can be: lower its depth or its subscribers",
        topic.name.c_str(), topic.ring.chunk_count, topic.settings.subscribers, kMaxChunks));
  }
  if (plan.fits()) return {};
  const bool possible = plan.needed_bytes <= kMaxPoolBytes;
  return Failure(Error::make(
      Errc::InvalidConfig, 0,
      "pool.size is %" PRIu64 " bytes%s, needed are %" PRIu64
      ": %s, or lower what topics ask for (bookkeeping %" PRIu64 ", listed topics %" PRIu64
      ", pool.unplanned %" PRIu64 "; largest: %s)",
      std::min(plan.pool_bytes, kMaxPoolBytes), possible ? "" : " at most", plan.needed_bytes,
      possible ? "raise it or write auto" : "list less", plan.bookkeeping_bytes, plan.topic_bytes,
      plan.unplanned_bytes, largest(plan).c_str()));
}

}  // namespace tarn::plan
