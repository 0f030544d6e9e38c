#include "middleware/host/options_from_config.hpp"

#include <cstdlib>

#include "config/load.hpp"
#include "middleware/host/configured_options.hpp"

namespace tarn::host {

namespace {

broker::TopicSettings settings_of(const plan::TopicSettings& settings) {
  return {.depth = settings.depth,
          .history = settings.history,
          .publishers = settings.publishers,
          .subscribers = settings.subscribers,
          .orphans = settings.orphans,
          .held = settings.held,
          .loans = settings.loans,
          .overflow = settings.overflow,
          .stamp = settings.stamp,
          .timeout = settings.timeout,
          .evict_after = settings.evict_after};
}

pool::PoolLimits limits_of(const config::LimitsConfig& written) {
  pool::PoolLimits limits;
  limits.clients = written.clients.value_or(limits.clients);
  limits.topics = written.topics.value_or(limits.topics);
  limits.publishers = written.publishers.value_or(limits.publishers);
  limits.memberships = written.memberships.value_or(limits.memberships);
  limits.waiters = written.waiters.value_or(limits.waiters);
  limits.observers = written.observers.value_or(limits.observers);
  limits.type_text_bytes = written.type_text_bytes.value_or(limits.type_text_bytes);
  return limits;
}

Result<broker::BrokerOptions> read_environment() {
  const char* const file = std::getenv("TARN_CONFIG");
  if (file == nullptr || *file == '\0') return options_of(config::DomainConfig{});
  const auto loaded = config::load_file(file);
  if (!loaded) return Failure(loaded.error());
  return options_of(*loaded);
}

broker::LogLevel log_level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::Error:
      return broker::LogLevel::Error;
    case config::LogLevel::Warning:
      return broker::LogLevel::Warning;
    case config::LogLevel::Info:
      return broker::LogLevel::Info;
    case config::LogLevel::Debug:
      return broker::LogLevel::Debug;
  }
  return broker::LogLevel::Info;
}

}  // namespace

broker::BrokerOptions options_of(const config::DomainConfig& domain) {
  broker::BrokerOptions options;
  options.domain = domain.domain;
  options.pool_bytes = domain.pool.size_bytes.value_or(options.pool_bytes);
  options.unplanned_bytes = domain.pool.unplanned_bytes;
  options.refuse_unlisted = domain.pool.refuse_unlisted;
  options.lock_memory = domain.pool.lock_memory;
  options.limits = limits_of(domain.limits);
  options.defaults = settings_of(domain.rules.defaults);
  options.log_level = log_level_of(domain.log_level);
  if (domain.group) options.group = domain.group->id;
  for (const plan::TopicRule& rule : domain.rules.rules) {
    const plan::TopicSettings settings = plan::resolve(domain.rules, rule.name);
    options.topics.push_back({.name = rule.name,
                              .type = settings.type,
                              .payload_bytes = settings.payload_bytes,
                              .settings = settings_of(settings)});
  }
  return options;
}

}  // namespace tarn::host

tarn::host::ConfigurationSource tarn_configuration_source() { return tarn::host::read_environment; }
