// Where an embedded broker's options come from: the file that TARN_CONFIG names, in programs that link
// libtarn_config, which can read it; the defaults in all others. Known by a name that libtarn_config
// defines and libtarn_broker may do without. Free functions; any thread.
#pragma once

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"

namespace tarn::host {

using ConfigurationSource = Result<broker::BrokerOptions> (*)();

// InvalidConfig as the file's reader words it.
[[nodiscard]] Result<broker::BrokerOptions> configured_options();

}  // namespace tarn::host

// Defined by libtarn_config.
extern "C" [[gnu::visibility("default")]] tarn::host::ConfigurationSource
tarn_configuration_source();
