// The options of a broker as a configuration file says them. The one place, besides programs, that
// knows both sides. Free functions; any thread.
#pragma once

#include <string>

#include "config/domain_config.hpp"
#include "middleware/broker/broker.hpp"

namespace tarn::host {

// The domain's own; the runtime directory and the log are the caller's to fill.
[[nodiscard]] broker::BrokerOptions options_of(const config::DomainConfig& domain);

// What a file says now.
[[nodiscard]] broker::Reread read_options(const std::string& file);

}  // namespace tarn::host
