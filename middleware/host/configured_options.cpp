#include "middleware/host/configured_options.hpp"

// It may be missing: then its address is null.
#pragma weak tarn_configuration_source

namespace tarn::host {

Result<broker::BrokerOptions> configured_options() {
  if (tarn_configuration_source == nullptr) return broker::BrokerOptions{};
  return tarn_configuration_source()();
}

}  // namespace tarn::host
