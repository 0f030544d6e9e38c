// Every byte of a pool, from its configuration: what the bookkeeping takes, what each listed topic with a
// known size takes, and what is left for the rest. The broker lays its pool out by it, the loader refuses
// a pool that is too small by it, and `tarn config plan` prints it. Knows neither files nor a pool that
// exists. Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tarn/limits.hpp>
#include <tarn/result.hpp>

#include "middleware/plan/limit_needs.hpp"
#include "middleware/plan/ring_shape.hpp"
#include "middleware/plan/topic_rules.hpp"
#include "middleware/pool/pool_geometry.hpp"

namespace tarn::plan {

// What of the configuration besides the rules decides about memory.
struct MemoryDemand {
  WrittenLimits limits{};
  std::uint64_t pool_bytes = 0;  // pool.size; 0: auto
  std::uint64_t unplanned_bytes = std::uint64_t{1} << 20;
  std::uint32_t page_bytes = 4096;
};

// A listed topic. Without a size it draws on what is not planned, and has no shape and no bytes.
struct TopicPlan {
  std::string name;
  TopicSettings settings;
  std::uint32_t rings = 0;  // publishers and orphans
  RingShape ring;           // of each
  std::uint64_t bytes = 0;  // of all of them
};

struct MemoryPlan {
  std::vector<TopicPlan> topics;  // by name, whatever their order in the rules
  LimitUses limit_uses{};
  pool::PoolLimits limits;  // complete: what the pool is laid out by
  std::uint64_t bookkeeping_bytes = 0;
  std::uint64_t topic_bytes = 0;
  std::uint64_t unplanned_bytes = 0;  // in whole pages, one at least where nothing is planned
  std::uint64_t needed_bytes = 0;     // the sum of the three
  std::uint64_t pool_bytes = 0;       // pool.size, or the need where that is auto

  [[nodiscard]] bool fits() const noexcept {
    return pool_bytes >= needed_bytes && needed_bytes <= kMaxPoolBytes;
  }
};

// Whether the pool is large enough and the written limits suffice is for the caller to judge.
// InvalidArgument for a page size that no machine has and for limits that no pool can have.
// Requires: rules within <tarn/limits.hpp>.
[[nodiscard]] Result<MemoryPlan> plan_memory(const TopicRules& rules, const MemoryDemand& demand);

// The listed topics alone, without limits and sums.
[[nodiscard]] std::vector<TopicPlan> plan_topics(const TopicRules& rules, std::uint32_t page_bytes);

// What they are promised together.
[[nodiscard]] Promise promised(const std::vector<TopicPlan>& topics) noexcept;

// Bytes that the pool keeps for the configuration itself, both halves: each has room for more than the
// rules, where each listed topic lies, and `kStoredHeadBytes` of everything else.
inline constexpr std::uint32_t kStoredHeadBytes = 32;
inline constexpr std::uint32_t kStoredPlaceBytes = 40;
[[nodiscard]] std::uint32_t configuration_bytes(const TopicRules& rules);

// InvalidConfig with the sum, its parts and the topics that need most, if the plan does not fit; or with
// the first limit that was written too small.
[[nodiscard]] Result<void> check_plan(const MemoryPlan& plan);

}  // namespace tarn::plan
