#include "middleware/host/options_from_config.hpp"

#include <cstdlib>

#include "config/load.hpp"
#include "middleware/host/configured_options.hpp"

namespace tarn::host {

namespace {

std::string file_in_environment() {
  const char* const file = std::getenv("TARN_CONFIG");
  return file == nullptr ? std::string() : std::string(file);
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

constexpr ConfigurationSource kSource{.file = file_in_environment, .read = read_options};

}  // namespace

broker::BrokerOptions options_of(const config::DomainConfig& domain) {
  broker::BrokerOptions options;
  options.domain = domain.domain;
  options.pool_bytes = domain.pool.size_bytes.value_or(0);
  options.unplanned_bytes = domain.pool.unplanned_bytes;
  options.refuse_unlisted = domain.pool.refuse_unlisted;
  options.lock_memory = domain.pool.lock_memory;
  options.limits = domain.limits;
  options.log_level = log_level_of(domain.log_level);
  options.spin = domain.spin == config::Spin::Auto;
  options.rules = domain.rules;
  if (domain.group) options.group = domain.group->id;
  return options;
}

broker::Reread read_options(const std::string& file) {
  const auto loaded = config::examine_file(file);
  if (loaded) return {.options = options_of(loaded->config)};
  const Error& error = loaded.error().error;
  broker::Reread read{.code = error.code(), .system_errno = error.system_errno()};
  for (const std::string& line : loaded.error().lines()) read.findings += line + "\n";
  return read;
}

}  // namespace tarn::host

const tarn::host::ConfigurationSource* tarn_configuration_source() { return &tarn::host::kSource; }
