// An observer's session with the broker: asks for the pool read-only, maps it, and keeps the
// connection, by which the broker counts it. Knows no records. One owner; one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include <tarn/observer.hpp>
#include <tarn/result.hpp>

#include "middleware/node/control_channel.hpp"
#include "middleware/pool/pool_mapping.hpp"

namespace tarn::node {

class ObserverSession {
 public:
  // The errors of Observer::open.
  [[nodiscard]] static Result<ObserverSession> open(const ObserverOptions& options);

  // The errors of Observer::reload.
  [[nodiscard]] Result<ReloadReport> reload(std::chrono::nanoseconds timeout);

  [[nodiscard]] const pool::PoolMapping& mapping() const noexcept { return *mapping_; }

 private:
  ObserverSession(ControlChannel channel, std::shared_ptr<pool::PoolMapping> mapping) noexcept
      : channel_(std::move(channel)), mapping_(std::move(mapping)) {}

  ControlChannel channel_;  // its end tells the broker that the observer has gone
  std::shared_ptr<pool::PoolMapping> mapping_;
};

}  // namespace tarn::node
