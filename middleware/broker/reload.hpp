// A new configuration for a broker at work: read, checked as a whole, put into the pool, and gone by from
// then on; or refused, and nothing has changed. Topics that somebody uses keep their settings and their
// room until nobody does; what shapes the pool waits for the next one. Knows keys and room, not YAML.
// Owned by the broker; its thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tarn/result.hpp>

#include "middleware/broker/broker.hpp"
#include "middleware/broker/journal.hpp"
#include "middleware/broker/registry.hpp"

namespace tarn::broker {

// Keys and findings one a line, no longer than a reply can carry.
struct ReloadOutcome {
  bool applied = false;
  // Applied: what differs from before, which of it live topics do not go by yet, what waits.
  std::string changed{};
  std::string live{};
  std::string waiting{};
  // Not applied.
  Errc code = Errc::InvalidConfig;
  std::int32_t system_errno = 0;
  std::string findings{};
};

class Reload {
 public:
  // `options` are what the broker goes by.
  Reload(BrokerOptions& options, Registry& registry, Journal& journal) noexcept
      : options_(options), registry_(registry), journal_(journal) {}

  // Reads and applies; says in the log and in the pool's header what came of it. The outcome is good until
  // the next one.
  const ReloadOutcome& run();

 private:
  [[nodiscard]] ReloadOutcome read_and_apply();
  [[nodiscard]] Result<ReloadOutcome> apply(const BrokerOptions& read);
  [[nodiscard]] Result<PlannedRanges> replan_members(const std::vector<plan::TopicPlan>& topics,
                                                     const std::vector<LiveTopic>& live) const;
  [[nodiscard]] Result<void> check_promise(const std::vector<plan::TopicPlan>& topics) const;
  void record() noexcept;
  void report() noexcept;

  BrokerOptions& options_;
  Registry& registry_;
  Journal& journal_;
  ReloadOutcome outcome_;
};

}  // namespace tarn::broker
