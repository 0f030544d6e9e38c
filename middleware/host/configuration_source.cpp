#include "middleware/host/configuration_source.hpp"

// Weak here, where it may be missing: its address tells.
extern "C" [[gnu::weak]] tarn::host::ConfigurationSource tarn_configuration_source();

namespace tarn::host {

Result<broker::BrokerOptions> configured_options() {
  if (tarn_configuration_source == nullptr) return broker::BrokerOptions{};
  return tarn_configuration_source()();
}

}  // namespace tarn::host
