#include "config/read_domain.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/place.hpp"
#include "config/values.hpp"
#include "middleware/pool/pool_geometry.hpp"
#include "middleware/vocabulary/domain_name.hpp"

namespace tarn::config {

namespace {

using plan::TopicRule;
using plan::TopicSettings;

template <typename T, typename Member = std::uint32_t>
struct NumberKey {
  std::string_view name;
  Member T::*member;
  std::uint32_t least;
  std::uint32_t most;
};

using DefaultKey = NumberKey<TopicSettings>;
using RuleKey = NumberKey<TopicRule, std::optional<std::uint32_t>>;
using LimitKey = NumberKey<LimitsConfig, std::optional<std::uint32_t>>;

constexpr std::array kDefaultKeys{
    DefaultKey{"depth", &TopicSettings::depth, 1, kMaxDepth},
    DefaultKey{"history", &TopicSettings::history, 0, kMaxDepth},
    DefaultKey{"publishers", &TopicSettings::publishers, 1, kMaxPublishersPerTopic},
    DefaultKey{"subscribers", &TopicSettings::subscribers, 1, kMaxSubscribersPerTopic},
    DefaultKey{"orphans", &TopicSettings::orphans, 0, kMaxOrphans},
    DefaultKey{"held", &TopicSettings::held, 1, kMaxHeld},
    DefaultKey{"loans", &TopicSettings::loans, 1, kMaxLoans},
};
constexpr std::array kRuleKeys{
    RuleKey{"depth", &TopicRule::depth, 1, kMaxDepth},
    RuleKey{"history", &TopicRule::history, 0, kMaxDepth},
    RuleKey{"publishers", &TopicRule::publishers, 1, kMaxPublishersPerTopic},
    RuleKey{"subscribers", &TopicRule::subscribers, 1, kMaxSubscribersPerTopic},
    RuleKey{"orphans", &TopicRule::orphans, 0, kMaxOrphans},
    RuleKey{"held", &TopicRule::held, 1, kMaxHeld},
    RuleKey{"loans", &TopicRule::loans, 1, kMaxLoans},
};
constexpr std::string_view kQueueKeyNames =
    "depth, history, publishers, subscribers, orphans, held, loans, stamp";

constexpr std::array kLimitKeys{
    LimitKey{"clients", &LimitsConfig::clients, 1, kMaxClients},
    LimitKey{"topics", &LimitsConfig::topics, 1, kMaxTopics},
    LimitKey{"publishers", &LimitsConfig::publishers, 1, kMaxPublishers},
    LimitKey{"memberships", &LimitsConfig::memberships, 1, kMaxMemberships},
    LimitKey{"waiters", &LimitsConfig::waiters, 1, kMaxWaiters},
    LimitKey{"observers", &LimitsConfig::observers, 0, kMaxObservers},
};

// False when the key is none of the table.
template <typename T, typename Row, std::size_t N>
bool read_number_key(const std::array<Row, N>& table, const std::string& key, const Place& value,
                     T& target) {
  for (const Row& known : table) {
    if (known.name != key) continue;
    if (const auto number = value.number(known.least, known.most)) {
      target.*known.member = static_cast<std::uint32_t>(*number);
    }
    return true;
  }
  return false;
}

// The settings that defaults and topics have in common.
template <typename Settings, typename Row, std::size_t N>
bool read_queue_key(const std::array<Row, N>& table, const std::string& key, const Place& value,
                    Settings& settings) {
  if (key != "stamp") return read_number_key(table, key, value, settings);
  if (const auto none = value.second_of("source", "none")) {
    settings.stamp = *none ? plan::Stamp::None : plan::Stamp::Source;
  }
  return true;
}

void check_history(const Place& place, const TopicSettings& settings) {
  if (settings.history <= settings.depth) return;
  place.problem("found history " + std::to_string(settings.history) + " with depth " +
                std::to_string(settings.depth) + "; allowed: history of at most depth");
}

void read_domain_name(const Place& value, std::string& domain) {
  const auto name = value.text("a domain name");
  if (!name) return;
  if (const auto valid = vocabulary::check_domain_name(*name); !valid) {
    value.problem(valid.error().message());
  } else {
    domain = *name;
  }
}

void read_pool(const Place& place, PoolConfig& pool) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (key == "size") {
      if (value.node().scalar == "auto") {
        value.refuse("a size such as 16MiB; auto is not available in this version");
      } else if (const auto bytes = value.size(1, kMaxPoolBytes)) {
        pool.size_bytes = *bytes;
      }
    } else if (key == "unplanned") {
      if (const auto bytes = value.size(0, kMaxPoolBytes)) pool.unplanned_bytes = *bytes;
    } else if (key == "unlisted") {
      if (const auto refuse = value.second_of("allow", "refuse")) pool.refuse_unlisted = *refuse;
    } else if (key == "lock_memory") {
      if (const auto lock = value.second_of("false", "true")) pool.lock_memory = *lock;
    } else {
      value.unknown_key("size, unplanned, unlisted, lock_memory");
    }
  });
  if (pool.size_bytes && pool.unplanned_bytes > *pool.size_bytes) {
    place.problem("found unplanned " + format_size(pool.unplanned_bytes) + " in size " +
                  format_size(*pool.size_bytes) + "; allowed: unplanned of at most size");
  }
}

void read_limits(const Place& place, LimitsConfig& limits) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (key == "type_text") {
      if (const auto bytes = value.size(1024, kMaxTypeTextTableBytes)) {
        limits.type_text_bytes = static_cast<std::uint32_t>(*bytes);
      }
    } else if (!read_number_key(kLimitKeys, key, value, limits)) {
      value.unknown_key("clients, topics, publishers, memberships, waiters, observers, type_text");
    }
  });
}

void read_defaults(const Place& place, TopicSettings& defaults) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (!read_queue_key(kDefaultKeys, key, value, defaults)) value.unknown_key(kQueueKeyNames);
  });
  check_history(place, defaults);
}

void read_type_name(const Place& value, std::optional<std::string>& type) {
  const auto name = value.text("the name of a message type");
  if (!name) return;
  if (name->empty() || name->size() > kMaxTypeNameBytes) {
    value.refuse("1 to " + std::to_string(kMaxTypeNameBytes) + " bytes");
  } else {
    type = *name;
  }
}

void read_topic(const Place& place, TopicRule& topic) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (key == "type") {
      read_type_name(value, topic.type);
    } else if (key == "size") {
      if (const auto bytes = value.size(1, kMaxMessageBytes)) {
        topic.payload_bytes = static_cast<std::uint32_t>(*bytes);
      }
    } else if (!read_queue_key(kRuleKeys, key, value, topic)) {
      value.unknown_key("type, size, " + std::string(kQueueKeyNames));
    }
  });
}

void read_topics(const Place& place, DomainConfig& config) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (key.find('*') != std::string::npos) {
      value.key_problem(
          "found a pattern; allowed: the whole name of one topic (patterns are not "
          "available in this version)");
    } else if (const auto valid = check_user_topic_name(key); !valid) {
      value.key_problem(valid.error().message());
    } else {
      TopicRule topic{.name = key};
      read_topic(value, topic);
      config.rules.rules.push_back(std::move(topic));
      check_history(value, plan::resolve(config.rules, key));
    }
  });
  const std::uint32_t most = config.limits.topics.value_or(pool::PoolLimits{}.topics);
  if (config.rules.rules.size() > most) {
    place.problem("found " + std::to_string(config.rules.rules.size()) +
                  " topics; allowed: at most " + std::to_string(most) + ", which is limits.topics");
  }
}

// The parts of a file. Their order in it means nothing: the topics need the defaults and the limits.
struct Parts {
  std::optional<Place> version, domain, pool, limits, defaults, topics;
};

constexpr std::array kParts{
    std::pair{std::string_view{"version"}, &Parts::version},
    std::pair{std::string_view{"domain"}, &Parts::domain},
    std::pair{std::string_view{"pool"}, &Parts::pool},
    std::pair{std::string_view{"limits"}, &Parts::limits},
    std::pair{std::string_view{"defaults"}, &Parts::defaults},
    std::pair{std::string_view{"topics"}, &Parts::topics},
};

Parts find_parts(const Place& root) {
  Parts parts;
  root.each_entry([&](const std::string& key, const Place& value) {
    for (const auto& [name, part] : kParts) {
      if (name != key) continue;
      parts.*part = value;
      return;
    }
    value.unknown_key("version, domain, pool, limits, defaults, topics");
  });
  return parts;
}

}  // namespace

Result<DomainConfig> read_domain(const YamlNode& root, const std::string& file) {
  Problems problems(file);
  const Parts parts = find_parts(Place(root, problems));
  DomainConfig config;
  if (parts.version) {
    if (parts.version->node().scalar != "1") parts.version->refuse("1");
  } else {
    problems.add(root, "version", "found nothing; allowed: 1");
  }
  if (parts.domain) read_domain_name(*parts.domain, config.domain);
  if (parts.pool) read_pool(*parts.pool, config.pool);
  if (parts.limits) read_limits(*parts.limits, config.limits);
  if (parts.defaults) read_defaults(*parts.defaults, config.rules.defaults);
  if (parts.topics) read_topics(*parts.topics, config);
  if (problems.any()) return Failure(problems.error());
  return config;
}

}  // namespace tarn::config
