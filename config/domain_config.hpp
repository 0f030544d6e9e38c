// What a configuration file says about one domain, as plain values with the defaults that serve
// without a file. Everything in it has been checked against <tarn/limits.hpp>. It knows neither YAML
// nor the broker: a main copies it into the broker's options. Values; any thread may hold its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tarn::config {

enum class Stamp { Source, None };

// The queue settings of a topic; every name is its YAML key.
struct QueueConfig {
  std::uint32_t depth = 16;
  std::uint32_t history = 1;  // at most depth
  std::uint32_t publishers = 1;
  std::uint32_t subscribers = 8;
  std::uint32_t orphans = 1;
  std::uint32_t held = 2;
  std::uint32_t loans = 2;
  Stamp stamp = Stamp::Source;
};

struct TopicConfig {
  std::string name;
  std::string type;              // the only type allowed; empty: whichever comes first
  std::uint32_t size_bytes = 0;  // the largest payload; 0: not planned, draws on pool.unplanned
  QueueConfig queue;             // what the topic leaves out is taken from the defaults
};

struct PoolConfig {
  std::uint64_t size_bytes = std::uint64_t{16} << 20;
  std::uint64_t unplanned_bytes = std::uint64_t{1} << 20;  // at most size_bytes
  bool refuse_unlisted = false;                            // pool.unlisted: refuse
  bool lock_memory = false;
};

struct LimitsConfig {
  std::uint32_t clients = 64;
  std::uint32_t topics = 256;
  std::uint32_t publishers = 256;
  std::uint32_t memberships = 4096;
  std::uint32_t waiters = 256;
  std::uint32_t observers = 8;
  std::uint32_t type_text_bytes = 64 * 1024;
};

struct DomainConfig {
  std::string domain = "default";
  PoolConfig pool;
  LimitsConfig limits;
  QueueConfig defaults;
  std::vector<TopicConfig> topics;  // in the order of the file, at most limits.topics
};

}  // namespace tarn::config
