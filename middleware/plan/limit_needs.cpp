#include "middleware/plan/limit_needs.hpp"

#include <algorithm>

#include <tarn/limits.hpp>

namespace tarn::plan {

namespace {

constexpr pool::PoolLimits kDefaults;

struct Limit {
  const char* key;
  std::uint64_t need;
  std::optional<std::uint32_t> written;
  std::uint32_t usual;
  std::uint32_t most;
};

LimitUse use_of(const Limit& limit) noexcept {
  const std::uint64_t derived =
      std::min<std::uint64_t>(limit.most, std::max<std::uint64_t>(limit.usual, limit.need));
  return {.key = limit.key,
          .need = limit.need,
          .limit = limit.written.value_or(static_cast<std::uint32_t>(derived)),
          .written = limit.written.has_value()};
}

}  // namespace

std::uint32_t observers_of(const WrittenLimits& written) noexcept {
  return written.observers.value_or(kDefaults.observers);
}

Promise promise_of(const TopicSettings& settings) noexcept {
  const std::uint64_t rings = std::uint64_t{settings.publishers} + settings.orphans;
  return {.topics = 1,
          .publishers = settings.publishers,
          .rings = rings,
          .entries = settings.subscribers * rings,
          .joins = settings.subscribers * std::max<std::uint64_t>(kLeastJoins, rings),
          .subscribers = settings.subscribers};
}

Promise& Promise::operator+=(const Promise& other) noexcept {
  topics += other.topics;
  publishers += other.publishers;
  rings += other.rings;
  entries += other.entries;
  joins += other.joins;
  subscribers += other.subscribers;
  return *this;
}

LimitUses use_of_limits(const Promise& promise, const WrittenLimits& written) noexcept {
  const std::uint64_t publishers =
      std::max(promise.publishers, pool::publishers_for(promise.rings));
  return {use_of({"limits.topics", promise.topics, written.topics, kDefaults.topics, kMaxTopics}),
          use_of({"limits.publishers", publishers, written.publishers, kDefaults.publishers,
                  kMaxPublishers}),
          use_of({"limits.memberships", promise.joins, written.memberships, kDefaults.memberships,
                  kMaxMemberships}),
          use_of({"limits.waiters", promise.subscribers, written.waiters, kDefaults.waiters,
                  kMaxWaiters})};
}

pool::PoolLimits settle_limits(const Promise& promise, const WrittenLimits& written) noexcept {
  const auto [topics, publishers, memberships, waiters] = use_of_limits(promise, written);
  return {.clients = written.clients.value_or(kDefaults.clients),
          .topics = topics.limit,
          .publishers = publishers.limit,
          .memberships = memberships.limit,
          .waiters = waiters.limit,
          .observers = observers_of(written),
          .patterns = written.patterns.value_or(kDefaults.patterns),
          .type_text_bytes = written.type_text_bytes.value_or(kDefaults.type_text_bytes)};
}

}  // namespace tarn::plan
