#include "middleware/host/options_from_config.hpp"

#include <cstdlib>

#include "config/load.hpp"
#include "middleware/host/configured_options.hpp"

namespace tarn::host {

namespace {

broker::TopicSettings settings_of(const config::QueueConfig& queue) {
  broker::TopicSettings settings;
  settings.depth = queue.depth;
  settings.history = queue.history;
  settings.publishers = queue.publishers;
  settings.subscribers = queue.subscribers;
  settings.orphans = queue.orphans;
  settings.held = queue.held;
  settings.loans = queue.loans;
  settings.stamp =
      queue.stamp == config::Stamp::None ? directory::Stamp::None : directory::Stamp::Source;
  return settings;
}

pool::PoolLimits limits_of(const config::LimitsConfig& limits) {
  return {.clients = limits.clients,
          .topics = limits.topics,
          .publishers = limits.publishers,
          .memberships = limits.memberships,
          .waiters = limits.waiters,
          .observers = limits.observers,
          .type_text_bytes = limits.type_text_bytes};
}

Result<broker::BrokerOptions> read_environment() {
  const char* const file = std::getenv("TARN_CONFIG");
  if (file == nullptr || *file == '\0') return options_of(config::DomainConfig{});
  const auto loaded = config::load_file(file);
  if (!loaded) return Failure(loaded.error());
  return options_of(*loaded);
}

}  // namespace

broker::BrokerOptions options_of(const config::DomainConfig& domain) {
  broker::BrokerOptions options;
  options.domain = domain.domain;
  options.pool_bytes = domain.pool.size_bytes;
  options.unplanned_bytes = domain.pool.unplanned_bytes;
  options.refuse_unlisted = domain.pool.refuse_unlisted;
  options.lock_memory = domain.pool.lock_memory;
  options.limits = limits_of(domain.limits);
  options.defaults = settings_of(domain.defaults);
  for (const config::TopicConfig& topic : domain.topics) {
    options.topics.push_back({.name = topic.name,
                              .type = topic.type,
                              .payload_bytes = topic.size_bytes,
                              .settings = settings_of(topic.queue)});
  }
  return options;
}

}  // namespace tarn::host

tarn::host::ConfigurationSource tarn_configuration_source() { return tarn::host::read_environment; }
