#include "config/read_domain.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <tarn/limits.hpp>
#include <tarn/topic_name.hpp>

#include "config/place.hpp"
#include "config/values.hpp"
#include "middleware/vocabulary/domain_name.hpp"

namespace tarn::config {

namespace {

template <typename T>
struct NumberKey {
  std::string_view name;
  std::uint32_t T::*member;
  std::uint32_t least;
  std::uint32_t most;
};

constexpr std::array kQueueKeys{
    NumberKey<QueueConfig>{"depth", &QueueConfig::depth, 1, kMaxDepth},
    NumberKey<QueueConfig>{"history", &QueueConfig::history, 0, kMaxDepth},
    NumberKey<QueueConfig>{"publishers", &QueueConfig::publishers, 1, kMaxPublishersPerTopic},
    NumberKey<QueueConfig>{"subscribers", &QueueConfig::subscribers, 1, kMaxSubscribersPerTopic},
    NumberKey<QueueConfig>{"orphans", &QueueConfig::orphans, 0, kMaxOrphans},
    NumberKey<QueueConfig>{"held", &QueueConfig::held, 1, kMaxHeld},
    NumberKey<QueueConfig>{"loans", &QueueConfig::loans, 1, kMaxLoans},
};
constexpr std::string_view kQueueKeyNames =
    "depth, history, publishers, subscribers, orphans, held, loans, stamp";

constexpr std::array kLimitKeys{
    NumberKey<LimitsConfig>{"clients", &LimitsConfig::clients, 1, kMaxClients},
    NumberKey<LimitsConfig>{"topics", &LimitsConfig::topics, 1, kMaxTopics},
    NumberKey<LimitsConfig>{"publishers", &LimitsConfig::publishers, 1, kMaxPublishers},
    NumberKey<LimitsConfig>{"memberships", &LimitsConfig::memberships, 1, kMaxMemberships},
    NumberKey<LimitsConfig>{"waiters", &LimitsConfig::waiters, 1, kMaxWaiters},
    NumberKey<LimitsConfig>{"observers", &LimitsConfig::observers, 0, kMaxObservers},
};

// False when the key is none of the table.
template <typename T, std::size_t N>
bool read_number_key(const std::array<NumberKey<T>, N>& table, const std::string& key,
                     const Place& value, T& target) {
  for (const NumberKey<T>& known : table) {
    if (known.name != key) continue;
    if (const auto number = value.number(known.least, known.most)) {
      target.*known.member = static_cast<std::uint32_t>(*number);
    }
    return true;
  }
  return false;
}

bool read_queue_key(const std::string& key, const Place& value, QueueConfig& queue) {
  if (key != "stamp") return read_number_key(kQueueKeys, key, value, queue);
  if (const auto none = value.second_of("source", "none")) {
    queue.stamp = *none ? Stamp::None : Stamp::Source;
  }
  return true;
}

void check_history(const Place& place, const QueueConfig& queue) {
  if (queue.history <= queue.depth) return;
  place.problem("found history " + std::to_string(queue.history) + " with depth " +
                std::to_string(queue.depth) + "; allowed: history of at most depth");
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
  if (pool.unplanned_bytes > pool.size_bytes) {
    place.problem("found unplanned " + format_size(pool.unplanned_bytes) + " in size " +
                  format_size(pool.size_bytes) + "; allowed: unplanned of at most size");
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

void read_defaults(const Place& place, QueueConfig& queue) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (!read_queue_key(key, value, queue)) value.unknown_key(kQueueKeyNames);
  });
  check_history(place, queue);
}

void read_type_name(const Place& value, std::string& type) {
  const auto name = value.text("the name of a message type");
  if (!name) return;
  if (name->empty() || name->size() > kMaxTypeNameBytes) {
    value.refuse("1 to " + std::to_string(kMaxTypeNameBytes) + " bytes");
  } else {
    type = *name;
  }
}

void read_topic(const Place& place, TopicConfig& topic) {
  place.each_entry([&](const std::string& key, const Place& value) {
    if (key == "type") {
      read_type_name(value, topic.type);
    } else if (key == "size") {
      if (const auto bytes = value.size(1, kMaxMessageBytes)) {
        topic.size_bytes = static_cast<std::uint32_t>(*bytes);
      }
    } else if (!read_queue_key(key, value, topic.queue)) {
      value.unknown_key("type, size, " + std::string(kQueueKeyNames));
    }
  });
  check_history(place, topic.queue);
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
      TopicConfig topic{.name = key, .type = {}, .queue = config.defaults};
      read_topic(value, topic);
      config.topics.push_back(std::move(topic));
    }
  });
  if (config.topics.size() > config.limits.topics) {
    place.problem("found " + std::to_string(config.topics.size()) + " topics; allowed: at most " +
                  std::to_string(config.limits.topics) + ", which is limits.topics");
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
  if (parts.defaults) read_defaults(*parts.defaults, config.defaults);
  if (parts.topics) read_topics(*parts.topics, config);
  if (problems.any()) return Failure(problems.error());
  return config;
}

}  // namespace tarn::config
