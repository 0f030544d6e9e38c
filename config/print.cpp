#include "config/print.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/schema.hpp"
#include "config/values.hpp"
#include "middleware/plan/setting_list.hpp"

namespace tarn::config {

namespace {

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string number_text(const Key& key, std::uint64_t value) {
  switch (key.kind) {
    case Kind::Size:
      return format_size(value);
    case Kind::Duration:
      return format_duration(value);
    case Kind::Rate:
      return format_rate(value);
    case Kind::Boolean:
      return value != 0 ? "true" : "false";
    case Kind::Choice:
      return std::string(key.words[static_cast<std::size_t>(value)]);
    default:
      return std::to_string(value);
  }
}

template <typename Value>
std::string text_of(const Key& key, const Value& value) {
  if constexpr (std::same_as<Value, std::string>) {
    return in_quotes(value);
  } else if constexpr (std::same_as<Value, std::chrono::nanoseconds>) {
    return number_text(key, static_cast<std::uint64_t>(value.count()));
  } else {
    return number_text(key, static_cast<std::uint64_t>(value));
  }
}

// The keys of one map, in the order in which they are added.
class MapText {
 public:
  explicit MapText(std::string_view parent) : parent_(parent) {}

  template <typename Value>
  void add(std::string_view name, const Value& value) {
    put(name, text_of(*find_key(parent_, name), value));
  }
  template <typename Value>
  void add(std::string_view name, const std::optional<Value>& value) {
    if (value) add(name, *value);
  }
  // Unless it is what serves without the key.
  template <typename Value>
  void add_other(std::string_view name, const Value& value, const Value& initial) {
    if (value != initial) add(name, value);
  }
  void put(std::string_view name, const std::string& text) {
    text_ += (text_.empty() ? "" : ", ") + std::string(name) + ": " + text;
  }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string text() const { return empty() ? "{}" : "{ " + text_ + " }"; }

 private:
  std::string_view parent_;
  std::string text_;
};

MapText pool_text(const PoolConfig& pool) {
  const PoolConfig initial;
  MapText map("pool");
  if (!pool.size_bytes) map.put("size", "auto");
  if (pool.size_bytes && pool.size_bytes != initial.size_bytes) map.add("size", pool.size_bytes);
  map.add_other("unplanned", pool.unplanned_bytes, initial.unplanned_bytes);
  map.add_other("unlisted", pool.refuse_unlisted, initial.refuse_unlisted);
  map.add_other("lock_memory", pool.lock_memory, initial.lock_memory);
  return map;
}

MapText limits_text(const LimitsConfig& limits) {
  MapText map("limits");
  map.add("clients", limits.clients);
  map.add("topics", limits.topics);
  map.add("publishers", limits.publishers);
  map.add("memberships", limits.memberships);
  map.add("waiters", limits.waiters);
  map.add("observers", limits.observers);
  map.add("patterns", limits.patterns);
  map.add("type_text", limits.type_text_bytes);
  return map;
}

MapText defaults_text(const DomainConfig& config) {
  const DomainConfig initial;
  MapText map("defaults");
  plan::for_each_setting([&](const char* key, auto setting, auto) {
    map.add_other(key, config.rules.defaults.*setting, initial.rules.defaults.*setting);
  });
  map.add_other("spin", config.spin, initial.spin);
  return map;
}

std::string topics_text(const plan::TopicRules& rules) {
  std::string text;
  for (const plan::TopicRule& rule : rules.rules) {
    MapText map("topics.*");
    plan::for_each_setting(
        [&](const char* key, auto, auto setting) { map.add(key, rule.*setting); });
    text += "  " + in_quotes(rule.name) + ": " + map.text() + '\n';
  }
  return text;
}

std::string link_topics_text(std::string_view parent, const std::vector<LinkTopicConfig>& topics) {
  const LinkTopicConfig initial;
  std::string text;
  for (const LinkTopicConfig& topic : topics) {
    MapText map(parent);
    map.add("topic", topic.topic);
    map.add_other("as", topic.as, initial.as);
    map.add_other("prefix", topic.prefix, initial.prefix);
    map.add("max_rate", topic.max_rate_hz);
    map.add("max_size", topic.max_size_bytes);
    map.add_other("priority", topic.priority, initial.priority);
    map.add_other("reliable", topic.reliable, initial.reliable);
    text += "      - " + map.text() + '\n';
  }
  return text;
}

std::string link_text(const LinkConfig& link) {
  const LinkConfig initial;
  std::string text = "  - name: " + in_quotes(link.name) + '\n';
  std::string addresses;
  for (const std::string& address : link.connect) {
    addresses += (addresses.empty() ? "" : ", ") + in_quotes(address);
  }
  if (!addresses.empty()) text += "    connect: [" + addresses + "]\n";
  if (!link.listen.empty()) text += "    listen: " + in_quotes(link.listen) + '\n';
  const std::string exports = link_topics_text("links[].export[]", link.exports);
  if (!exports.empty()) text += "    export:\n" + exports;
  const std::string imports = link_topics_text("links[].import[]", link.imports);
  if (!imports.empty()) text += "    import:\n" + imports;
  MapText queue("links[].queue");
  queue.add_other("messages", link.queue.messages, initial.queue.messages);
  queue.add_other("bytes", link.queue.bytes, initial.queue.bytes);
  if (!queue.empty()) text += "    queue: " + queue.text() + '\n';
  text += "    heartbeat: " + text_of(*find_key("links[].heartbeat"), link.heartbeat) + '\n';
  text += std::string("    insecure: ") + (link.insecure ? "true\n" : "false\n");
  if (link.forward) text += "    forward: true\n";
  return text;
}

}  // namespace

std::string print(const DomainConfig& config) {
  const DomainConfig initial;
  std::string text = "version: 1\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    text += std::string(key) + ": " + value + '\n';
  };
  const auto section = [&](std::string_view key, const MapText& map) {
    if (!map.empty()) line(key, map.text());
  };
  line("domain", in_quotes(config.domain));
  if (config.group) line("group", in_quotes(config.group->name));
  if (!config.node.empty()) line("node", in_quotes(config.node));
  section("pool", pool_text(config.pool));
  section("limits", limits_text(config.limits));
  section("defaults", defaults_text(config));
  if (!config.rules.rules.empty()) text += "topics:\n" + topics_text(config.rules);
  if (!config.links.empty()) text += "links:\n";
  for (const LinkConfig& link : config.links) text += link_text(link);
  MapText log("log");
  log.add_other("level", config.log_level, initial.log_level);
  section("log", log);
  return text;
}

}  // namespace tarn::config
