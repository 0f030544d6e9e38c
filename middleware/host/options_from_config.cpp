#include "middleware/host/options_from_config.hpp"

#include <cstdlib>

#include "config/load.hpp"
#include "middleware/host/configured_options.hpp"

namespace tarn::host {

namespace {

plan::WrittenLimits limits_of(const config::LimitsConfig& written) {
  return {.clients = written.clients,
          .topics = written.topics,
          .publishers = written.publishers,
          .memberships = written.memberships,
          .waiters = written.waiters,
          .observers = written.observers,
          .type_text_bytes = written.type_text_bytes};
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
  options.pool_bytes = domain.pool.size_bytes.value_or(0);
  options.unplanned_bytes = domain.pool.unplanned_bytes;
  options.refuse_unlisted = domain.pool.refuse_unlisted;
  options.lock_memory = domain.pool.lock_memory;
  options.limits = limits_of(domain.limits);
  options.log_level = log_level_of(domain.log_level);
  options.rules = domain.rules;
  if (domain.group) options.group = domain.group->id;
  return options;
}

}  // namespace tarn::host

tarn::host::ConfigurationSource tarn_configuration_source() { return tarn::host::read_environment; }
