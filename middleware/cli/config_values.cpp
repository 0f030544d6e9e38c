#include "middleware/cli/config_values.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

#include "config/schema.hpp"
#include "config/values.hpp"
#include "middleware/plan/setting_list.hpp"

namespace tarn::cli {

namespace {

std::string text_of(std::string_view, const std::string& text) { return text.empty() ? "-" : text; }

std::string text_of(std::string_view key, std::uint32_t number) {
  if (key != "size") return fmt::to_string(number);
  return number == 0 ? "-" : config::format_size(number);
}

std::string text_of(std::string_view, plan::Overflow overflow) {
  return word_of("defaults.overflow", static_cast<std::size_t>(overflow));
}

std::string text_of(std::string_view, plan::Stamp stamp) {
  return word_of("defaults.stamp", static_cast<std::size_t>(stamp));
}

std::string text_of(std::string_view, std::chrono::nanoseconds time) {
  return config::format_duration(static_cast<std::uint64_t>(time.count()));
}

// Collects values whose origin is their own line or nothing.
class Collector {
 public:
  explicit Collector(const ConfigFile& file) : file_(file) {}

  void add(const std::string& key, std::string value) {
    values_.push_back({.key = key, .value = std::move(value), .origin = origin_of(file_, key)});
  }
  void add(const std::string& key, std::string value, std::string origin) {
    values_.push_back({.key = key, .value = std::move(value), .origin = std::move(origin)});
  }
  [[nodiscard]] EffectiveValues take() { return std::move(values_); }

 private:
  const ConfigFile& file_;
  EffectiveValues values_;
};

void add_pool(const ConfigFile& file, const plan::MemoryPlan& plan, Collector& to) {
  const config::PoolConfig& pool = file.config.pool;
  const std::string automatic = pool.size_bytes ? "" : " (auto)";
  to.add("pool.size", config::format_size(plan.pool_bytes),
         origin_of(file, "pool.size") + automatic);
  to.add("pool.unplanned", config::format_size(pool.unplanned_bytes));
  to.add("pool.unlisted", word_of("pool.unlisted", pool.refuse_unlisted ? 1 : 0));
  to.add("pool.lock_memory", pool.lock_memory ? "true" : "false");
}

void add_limits(const ConfigFile& file, const plan::MemoryPlan& plan, Collector& to) {
  const pool::PoolLimits& limits = plan.limits;
  const auto add = [&](const std::string& key, std::uint32_t value) {
    std::string origin = origin_of(file, key);
    for (const plan::LimitUse& use : plan.limit_uses) {
      const std::string initial(config::find_key(key)->initial);
      if (use.key != key || use.written || fmt::to_string(value) == initial) continue;
      origin = fmt::format("default {}, grown: the listed topics need {}", initial, use.need);
    }
    to.add(key, fmt::to_string(value), std::move(origin));
  };
  add("limits.clients", limits.clients);
  add("limits.topics", limits.topics);
  add("limits.publishers", limits.publishers);
  add("limits.memberships", limits.memberships);
  add("limits.waiters", limits.waiters);
  add("limits.observers", limits.observers);
  add("limits.patterns", limits.patterns);
  to.add("limits.type_text", config::format_size(limits.type_text_bytes));
}

void add_defaults(const ConfigFile& file, Collector& to) {
  plan::for_each_setting([&](std::string_view key, auto setting, auto) {
    const std::string path = "defaults." + std::string(key);
    // Type and size are a topic's own.
    if (config::find_key(path) == nullptr) return;
    to.add(path, text_of(key, file.config.rules.defaults.*setting));
  });
  to.add("defaults.spin", word_of("defaults.spin", static_cast<std::size_t>(file.config.spin)));
}

}  // namespace

std::string word_of(std::string_view key, std::size_t position) {
  return std::string(config::find_key(key)->words[position]);
}

std::string origin_of(const ConfigFile& file, const std::string& key) {
  const auto origin = file.origins.find(key);
  return origin ? fmt::format("{}:{}", file.name, origin->value.line) : "default";
}

EffectiveValues domain_values(const ConfigFile& file, const plan::MemoryPlan& plan) {
  const config::DomainConfig& config = file.config;
  Collector to(file);
  to.add("domain", config.domain);
  to.add("group", config.group ? config.group->name : "-");
  to.add("node", config.node.empty() ? "-" : config.node);
  add_pool(file, plan, to);
  add_limits(file, plan, to);
  add_defaults(file, to);
  to.add("log.level", word_of("log.level", static_cast<std::size_t>(config.log_level)));
  return to.take();
}

EffectiveValues topic_values(const ConfigFile& file, std::string_view topic) {
  const plan::TopicRules& rules = file.config.rules;
  const plan::TopicSettings settings = plan::resolve(rules, topic);
  const std::string path = config::join_path("topics", topic);
  Collector to(file);
  plan::for_each_setting([&](std::string_view key, auto setting, auto of_rule) {
    const std::string value = text_of(key, settings.*setting);
    const plan::TopicRule* const rule = plan::decider(rules, topic, of_rule);
    std::string origin;
    if (rule != nullptr) {
      origin = origin_of(file, config::join_path(config::join_path("topics", rule->name), key));
      if (rule->name != topic) origin += fmt::format(" (pattern {})", rule->name);
    } else if (value == "-") {
      origin = key == "size" ? "not said: draws on pool.unplanned" : "not said: any";
    } else if (key == "publishers" && plan::listed(rules, topic) == nullptr) {
      origin = "default of topics that are not listed";
    } else {
      origin = origin_of(file, config::join_path("defaults", key));
      if (origin != "default") origin += " (defaults)";
    }
    to.add(config::join_path(path, key), value, std::move(origin));
  });
  return to.take();
}

}  // namespace tarn::cli
