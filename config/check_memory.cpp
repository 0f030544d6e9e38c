#include "config/check_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/memory_demand.hpp"
#include "config/rulings.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"
#include "middleware/plan/memory_plan.hpp"

namespace tarn::config {

namespace {

using plan::TopicRule;

constexpr std::size_t kTopicsNamed = 3;

bool is_doubtful(const Rulings& rulings, const TopicRule& topic) {
  const Matching matching = rulings.matching(topic.name);
  const auto doubtful = [&](std::string_view key, auto setting) {
    return rulings.of(matching, key, setting).doubtful;
  };
  return doubtful("size", &TopicRule::payload_bytes) || doubtful("depth", &TopicRule::depth) ||
         doubtful("publishers", &TopicRule::publishers) ||
         doubtful("subscribers", &TopicRule::subscribers) ||
         doubtful("orphans", &TopicRule::orphans) || doubtful("held", &TopicRule::held) ||
         doubtful("loans", &TopicRule::loans);
}

// Without the topics of which nobody can say how large they are.
plan::TopicRules certain_rules(const Facts& facts) {
  const Rulings rulings(facts);
  plan::TopicRules rules = facts.config().rules;
  rules.rules.clear();
  for (const TopicRule& rule : facts.config().rules.rules) {
    const bool certain = is_topic_pattern(rule.name) || !is_doubtful(rulings, rule);
    if (certain) rules.rules.push_back(rule);
  }
  return rules;
}

void lower(const Facts& facts, const std::string& path, std::optional<std::uint32_t>& limit) {
  if (facts.doubts().about(path)) limit = static_cast<std::uint32_t>(find_key(path)->least);
}

plan::MemoryDemand least_demand(const Facts& facts, std::uint32_t page_bytes) {
  plan::MemoryDemand demand = memory_demand(facts.config(), page_bytes);
  if (facts.doubts().about("pool.unplanned")) demand.unplanned_bytes = 0;
  lower(facts, "limits.clients", demand.limits.clients);
  lower(facts, "limits.topics", demand.limits.topics);
  lower(facts, "limits.publishers", demand.limits.publishers);
  lower(facts, "limits.memberships", demand.limits.memberships);
  lower(facts, "limits.waiters", demand.limits.waiters);
  lower(facts, "limits.observers", demand.limits.observers);
  lower(facts, "limits.patterns", demand.limits.patterns);
  lower(facts, "limits.type_text", demand.limits.type_text_bytes);
  return demand;
}

void refuse_limit(const Facts& facts, const plan::LimitUse& use, Findings& findings) {
  const std::string path = use.key;
  const std::string need = std::to_string(use.need);
  const std::string limit = std::to_string(use.limit);
  if (use.written) {
    findings.add(facts.value(path), path,
                 "found " + limit + "; allowed: at least " + need +
                     ", which the listed topics need together");
  } else {
    findings.add(facts.key("topics"), "topics",
                 "found topics that need " + need + " as " + path +
                     "; allowed: topics that need at most " + limit);
  }
}

void check_limits(const Facts& facts, const plan::MemoryPlan& plan, Findings& findings) {
  for (const plan::LimitUse& use : plan.limit_uses) {
    const bool judged = !facts.doubts().about(use.key);
    if (judged && !use.enough()) refuse_limit(facts, use, findings);
  }
}

// "topics.a 4096B, topics.b 1KiB", the largest first.
std::string largest_topics(const plan::MemoryPlan& plan) {
  std::vector<const plan::TopicPlan*> topics;
  for (const plan::TopicPlan& topic : plan.topics) {
    if (topic.bytes > 0) topics.push_back(&topic);
  }
  std::stable_sort(topics.begin(), topics.end(),
                   [](const plan::TopicPlan* one, const plan::TopicPlan* other) {
                     return one->bytes > other->bytes;
                   });
  std::string text;
  for (std::size_t i = 0; i < std::min(topics.size(), kTopicsNamed); ++i) {
    text += (i == 0 ? "" : ", ") + join_path("topics", topics[i]->name) + ' ' +
            format_size(topics[i]->bytes);
  }
  return text;
}

void check_sum(const Facts& facts, const plan::MemoryPlan& plan, Findings& findings) {
  if (plan.fits() || facts.doubts().about("pool.size")) return;
  const std::string largest = largest_topics(plan);
  const std::string parts = "bookkeeping " + format_size(plan.bookkeeping_bytes) +
                            ", listed topics " + format_size(plan.topic_bytes) +
                            ", pool.unplanned " + format_size(plan.unplanned_bytes) +
                            (largest.empty() ? "" : "; the largest: " + largest);
  const std::string need = format_size(plan.needed_bytes);
  if (plan.needed_bytes > kMaxPoolBytes) {
    const bool topics = plan.topic_bytes >= plan.unplanned_bytes;
    const Position at = topics ? facts.key("topics") : facts.value("pool.unplanned", "pool");
    findings.add(at, topics ? "topics" : "pool.unplanned",
                 std::string("found ") + (topics ? "topics" : format_size(plan.unplanned_bytes)) +
                     " with which the pool needs " + need + " (" + parts + "); allowed: at most " +
                     format_size(kMaxPoolBytes));
    return;
  }
  const bool written = facts.written("pool.size");
  findings.add(facts.value("pool.size", "pool"), "pool.size",
               "found " + format_size(plan.pool_bytes) + (written ? "" : " by default") +
                   "; allowed: at least " + need + " (" + parts + "), or auto");
}

}  // namespace

void check_memory(const Facts& facts, std::uint32_t page_bytes, Findings& findings) {
  const auto plan = plan::plan_memory(certain_rules(facts), least_demand(facts, page_bytes));
  if (!plan) {
    findings.add(facts.key("limits"), "limits", plan.error().message());
    return;
  }
  check_limits(facts, *plan, findings);
  check_sum(facts, *plan, findings);
}

}  // namespace tarn::config
