#include "middleware/host/configured_options.hpp"

// It may be missing: then its address is null.
#pragma weak tarn_configuration_source

namespace tarn::host {

namespace {

const ConfigurationSource* source() {
  return tarn_configuration_source == nullptr ? nullptr : tarn_configuration_source();
}

}  // namespace

ConfiguredOptions::ConfiguredOptions(std::string domain, std::uint64_t pool_bytes)
    : domain_(std::move(domain)),
      pool_bytes_(pool_bytes),
      file_(source() == nullptr ? std::string() : source()->file()) {}

broker::Reread ConfiguredOptions::read() const {
  const broker::BrokerOptions defaults;
  broker::Reread read = file_.empty() ? broker::Reread{.options = defaults} : source()->read(file_);
  if (!read.options) return read;
  broker::BrokerOptions& options = *read.options;
  if (options.domain != defaults.domain && options.domain != domain_) {
    return {.findings = file_ + ", which TARN_CONFIG names, is for domain '" + options.domain +
                        "', this node is in '" + domain_ +
                        "': name another file, or this domain in NodeOptions"};
  }
  options.domain = domain_;
  if (pool_bytes_ != 0) options.pool_bytes = pool_bytes_;
  return read;
}

broker::BrokerOptions ConfiguredOptions::to_start_with() {
  broker::Reread now = read();
  broker::BrokerOptions options = std::move(now.options).value_or(broker::BrokerOptions{});
  options.domain = domain_;
  if (!now.options) {
    // The errno is in the text already.
    options.unusable = Error::restore(now.code, now.system_errno, now.findings);
    if (pool_bytes_ != 0) options.pool_bytes = pool_bytes_;
  }
  if (!file_.empty()) {
    options.reader = {
        .read = [](void* self) { return static_cast<ConfiguredOptions*>(self)->read(); },
        .context = this};
  }
  return options;
}

}  // namespace tarn::host
