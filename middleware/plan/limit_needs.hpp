// Limits that nobody wrote into the configuration, made large enough for the topics it lists, and whether
// those that somebody did write are. Knows counts, no bytes. Free functions and values; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "middleware/plan/topic_rules.hpp"
#include "middleware/pool/pool_geometry.hpp"

namespace tarn::plan {

// `limits` as the configuration has them; the names are the YAML keys. Empty: not written.
struct WrittenLimits {
  std::optional<std::uint32_t> clients{};
  std::optional<std::uint32_t> topics{};
  std::optional<std::uint32_t> publishers{};
  std::optional<std::uint32_t> memberships{};
  std::optional<std::uint32_t> waiters{};
  std::optional<std::uint32_t> observers{};
  std::optional<std::uint32_t> patterns{};
  std::optional<std::uint32_t> type_text_bytes{};

  bool operator==(const WrittenLimits&) const = default;
};

// limits.observers, which no topic needs.
[[nodiscard]] std::uint32_t observers_of(const WrittenLimits& written) noexcept;

// What the listed topics are promised together, each with R = publishers + orphans rings and S
// subscribers, whether their size is known or not:
//
//   topics       a record each
//   publishers   the sum of their publishers
//   rings        the sum of R
//   entries      the sum of S * R: each ring has a member entry for every subscriber of its topic
//   joins        the sum of S * max(4, R): a subscription has a join line per ring, and a subscriber
//                block has 4 join lines for each subscription it has room for, so none counts less
//   subscribers  the sum of S, with a waiter each
inline constexpr std::uint32_t kLeastJoins = 4;
struct Promise {
  std::uint64_t topics = 0;
  std::uint64_t publishers = 0;
  std::uint64_t rings = 0;
  std::uint64_t entries = 0;
  std::uint64_t joins = 0;
  std::uint64_t subscribers = 0;

  Promise& operator+=(const Promise& other) noexcept;
  bool operator==(const Promise&) const = default;
};
[[nodiscard]] Promise promise_of(const TopicSettings& settings) noexcept;

// One limit against the topics. `limit` is the written one; else the default or the need, whichever is
// larger, and no more than <tarn/limits.hpp> allows.
struct LimitUse {
  const char* key = "";  // "limits.topics"
  std::uint64_t need = 0;
  std::uint32_t limit = 0;
  bool written = false;

  [[nodiscard]] bool enough() const noexcept { return need <= limit; }
};

// Of topics, publishers, memberships and waiters, in this order; nothing is promised of the others.
//
//   publishers   also as many as give ring_count() >= the promised rings
//   memberships  the promised joins: they are never fewer than the entries, a subscriber record comes
//                with every 4, and a client's subscriber blocks with all of them
//   waiters      the promised subscribers
using LimitUses = std::array<LimitUse, 4>;
[[nodiscard]] LimitUses use_of_limits(const Promise& promise,
                                      const WrittenLimits& written) noexcept;

// What the pool is laid out by. configuration_bytes is the caller's to add.
[[nodiscard]] pool::PoolLimits settle_limits(const Promise& promise,
                                             const WrittenLimits& written) noexcept;

}  // namespace tarn::plan
