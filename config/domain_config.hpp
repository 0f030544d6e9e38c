// What a configuration file says about one domain, as plain values with the defaults that serve without a
// file. Everything in it has been checked against config/schema.hpp. It knows neither YAML nor the broker:
// a main copies it into the broker's options. Values; any thread may hold its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "middleware/plan/limit_needs.hpp"
#include "middleware/plan/topic_rules.hpp"

namespace tarn::config {

// Each enumeration in the order of its words in the schema.
enum class Spin : std::uint8_t { Auto, Never };
enum class LogLevel : std::uint8_t { Error, Warning, Info, Debug };
enum class Priority : std::uint8_t { Low, Normal, High, Urgent };

struct PoolConfig {
  std::optional<std::uint64_t> size_bytes = std::uint64_t{16} << 20;  // empty: auto
  std::uint64_t unplanned_bytes = std::uint64_t{1} << 20;
  bool refuse_unlisted = false;  // pool.unlisted: refuse
  bool lock_memory = false;

  bool operator==(const PoolConfig&) const = default;
};

// Empty: not written, so it is the default or what the listed topics need, whichever is more.
using LimitsConfig = plan::WrittenLimits;

// A Unix group that may use the domain.
struct GroupConfig {
  std::string name;
  std::uint32_t id = 0;

  bool operator==(const GroupConfig&) const = default;
};

// Topics that cross a link in one direction.
struct LinkTopicConfig {
  std::string topic;   // name or pattern
  std::string as;      // the whole name on this link's far side of the rule; empty: unchanged
  std::string prefix;  // put in front of the name; empty: nothing. Never with `as`
  std::optional<std::uint32_t> max_rate_hz{};
  std::optional<std::uint32_t> max_size_bytes{};
  // Of exports only.
  Priority priority = Priority::Normal;
  bool reliable = false;

  bool operator==(const LinkTopicConfig&) const = default;
};

// What may wait at the sender, per topic.
struct LinkQueueConfig {
  std::uint32_t messages = 64;
  std::uint32_t bytes = std::uint32_t{4} << 20;

  bool operator==(const LinkQueueConfig&) const = default;
};

// One TCP connection to another device.
struct LinkConfig {
  std::string name;
  std::vector<std::string> connect;  // tcp://HOST:PORT, tried in turn
  std::string listen;                // empty: does not; one of the two is there
  std::vector<LinkTopicConfig> exports;
  std::vector<LinkTopicConfig> imports;
  LinkQueueConfig queue;
  std::chrono::nanoseconds heartbeat = std::chrono::milliseconds(500);
  bool insecure = false;
  bool forward = false;  // exports what other links imported, too

  bool operator==(const LinkConfig&) const = default;
};

struct DomainConfig {
  std::string domain = "default";
  std::optional<GroupConfig> group{};  // empty: the owner alone
  std::string node;                    // of this device, for links; empty: the host's name
  PoolConfig pool;
  LimitsConfig limits;
  plan::TopicRules rules;  // defaults, and names and patterns in the order of the file
  Spin spin = Spin::Auto;  // defaults.spin
  std::vector<LinkConfig> links;
  LogLevel log_level = LogLevel::Info;

  bool operator==(const DomainConfig&) const = default;
};

}  // namespace tarn::config
