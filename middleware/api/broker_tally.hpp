// How often an endpoint was without a broker, told by the epochs of the pool: each broker that comes
// raises it, so one that came and went between two looks counts, too. Owned by the core of one endpoint,
// one thread at a time.
#pragma once

#include <cstdint>

#include <tarn/options.hpp>

#include "middleware/node/session.hpp"

namespace tarn::detail {

class BrokerTally {
 public:
  explicit BrokerTally(const node::Session& session) noexcept
      : first_epoch_(session.broker_epoch()) {}

  void add_to(node::Session& session, EndpointStatus& status) noexcept;

 private:
  std::uint32_t first_epoch_;
  std::uint64_t most_ = 0;
};

}  // namespace tarn::detail
