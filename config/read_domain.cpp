#include "config/read_domain.hpp"

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/check_links.hpp"
#include "config/check_memory.hpp"
#include "config/check_schema.hpp"
#include "config/check_topics.hpp"
#include "config/facts.hpp"
#include "config/schema.hpp"
#include "middleware/plan/setting_list.hpp"
#include "platform/user_group.hpp"

namespace tarn::config {

namespace {

template <typename Value>
Value value_of(const DocumentNode& node) {
  if constexpr (std::same_as<Value, std::string>) {
    return node.scalar;
  } else {
    return static_cast<Value>(node.value);
  }
}

template <>
std::chrono::nanoseconds value_of(const DocumentNode& node) {
  return std::chrono::nanoseconds(node.value);
}

// Takes over what the map has under the name, if that is there and sound.
template <typename Value>
void take(const DocumentNode& map, std::string_view name, Value& target) {
  if (const DocumentNode* const part = map.part(name)) target = value_of<Value>(*part);
}

template <typename Value>
void take(const DocumentNode& map, std::string_view name, std::optional<Value>& target) {
  if (const DocumentNode* const part = map.part(name)) target = value_of<Value>(*part);
}

void read_pool(const DocumentNode& node, PoolConfig& pool) {
  if (const DocumentNode* const size = node.part("size")) {
    pool.size_bytes = size->is_word ? std::nullopt : std::optional(size->value);
  }
  take(node, "unplanned", pool.unplanned_bytes);
  take(node, "unlisted", pool.refuse_unlisted);
  take(node, "lock_memory", pool.lock_memory);
}

void read_limits(const DocumentNode& node, LimitsConfig& limits) {
  take(node, "clients", limits.clients);
  take(node, "topics", limits.topics);
  take(node, "publishers", limits.publishers);
  take(node, "memberships", limits.memberships);
  take(node, "waiters", limits.waiters);
  take(node, "observers", limits.observers);
  take(node, "patterns", limits.patterns);
  take(node, "type_text", limits.type_text_bytes);
}

void read_defaults(const DocumentNode& node, DomainConfig& config) {
  plan::for_each_setting([&](const char* key, auto setting, auto) {
    take(node, key, config.rules.defaults.*setting);
  });
  take(node, "spin", config.spin);
}

void read_topics(const DocumentNode& node, plan::TopicRules& rules) {
  for (const Entry& entry : node.entries) {
    if (!entry.known) continue;
    plan::TopicRule rule{.name = entry.key.scalar};
    plan::for_each_setting(
        [&](const char* key, auto, auto setting) { take(entry.value, key, rule.*setting); });
    rules.rules.push_back(std::move(rule));
  }
}

void read_link_topics(const DocumentNode& link, std::string_view name,
                      std::vector<LinkTopicConfig>& topics) {
  const DocumentNode* const list = link.part(name);
  if (list == nullptr) return;
  for (const DocumentNode& item : list->items) {
    LinkTopicConfig topic;
    take(item, "topic", topic.topic);
    take(item, "as", topic.as);
    take(item, "prefix", topic.prefix);
    take(item, "max_rate", topic.max_rate_hz);
    take(item, "max_size", topic.max_size_bytes);
    take(item, "priority", topic.priority);
    take(item, "reliable", topic.reliable);
    topics.push_back(std::move(topic));
  }
}

LinkConfig read_link(const DocumentNode& node) {
  LinkConfig link;
  take(node, "name", link.name);
  if (const DocumentNode* const connect = node.part("connect")) {
    for (const DocumentNode& address : connect->items) link.connect.push_back(address.scalar);
  }
  take(node, "listen", link.listen);
  read_link_topics(node, "export", link.exports);
  read_link_topics(node, "import", link.imports);
  if (const DocumentNode* const queue = node.part("queue")) {
    take(*queue, "messages", link.queue.messages);
    take(*queue, "bytes", link.queue.bytes);
  }
  take(node, "heartbeat", link.heartbeat);
  take(node, "insecure", link.insecure);
  take(node, "forward", link.forward);
  return link;
}

void read_group(const DocumentNode& node, Findings& findings, DomainConfig& config) {
  const auto id = platform::find_group(node.scalar);
  if (!id) {
    findings.add(node.at, "group", id.error().message());
  } else if (!*id) {
    findings.add(node.at, "group",
                 "found " + quoted(node.scalar) +
                     ", which this machine does not have; allowed: " + allowed(*find_key("group")));
  } else {
    config.group = GroupConfig{.name = node.scalar, .id = **id};
  }
}

DomainConfig read_values(const DocumentNode& root, Findings& findings) {
  DomainConfig config;
  take(root, "domain", config.domain);
  if (const DocumentNode* const group = root.part("group")) read_group(*group, findings, config);
  take(root, "node", config.node);
  if (const DocumentNode* const pool = root.part("pool")) read_pool(*pool, config.pool);
  if (const DocumentNode* const limits = root.part("limits")) read_limits(*limits, config.limits);
  if (const DocumentNode* const defaults = root.part("defaults")) read_defaults(*defaults, config);
  if (const DocumentNode* const topics = root.part("topics")) read_topics(*topics, config.rules);
  if (const DocumentNode* const links = root.part("links")) {
    for (const DocumentNode& link : links->items) config.links.push_back(read_link(link));
  }
  if (const DocumentNode* const log = root.part("log")) take(*log, "level", config.log_level);
  return config;
}

}  // namespace

Loaded read_domain(DocumentNode& root, const ReadOptions& options, Findings& findings) {
  Checked checked = check_schema(root, options.complete, findings);
  DomainConfig config = read_values(root, findings);
  if (options.complete) {
    const Facts facts{config, checked.origins, checked.doubts};
    check_topics(facts, findings);
    check_memory(facts, options.page_bytes, findings);
    check_links(facts, findings);
  }
  return {.config = std::move(config), .origins = std::move(checked.origins)};
}

}  // namespace tarn::config
