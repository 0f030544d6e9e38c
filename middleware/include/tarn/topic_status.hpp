// What an Observer tells of topics and of those who use them, as plain values of one moment. The
// numbers come from counters that each owner keeps by itself, so sums may be off by what is under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tarn/sample.hpp>

namespace tarn {

// A topic at one moment. Its numbers are those of the publishers and subscriptions it has then.
struct TopicStatus {
  std::string name;
  std::string type;
  std::uint32_t publishers = 0;
  std::uint32_t subscribers = 0;
  std::uint64_t published = 0;  // messages, of publishers that left unread messages behind too
  std::uint64_t lost = 0;       // messages, summed over the subscriptions
  // Messages per second of all publishers in the last whole second, by their stamps. Nothing where
  // there are none: a topic without a publisher, or one with `stamp: none`, whose rate is told by
  // `published` at two moments.
  std::optional<double> rate_hz{};
};

// What one publisher sent in the last whole second of CLOCK_MONOTONIC, by the stamps of its messages.
// An interval is the time between two consecutive stamps; the later one is in that second.
struct TrafficStatus {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // payload
  std::chrono::nanoseconds interval_mean{0};
  std::chrono::nanoseconds interval_minimum{0};
  std::chrono::nanoseconds interval_maximum{0};
  // The standard deviation of the intervals (of the whole population, as `ros2 topic hz` prints it);
  // one longer than 2.1 s counts as 2.1 s.
  std::chrono::nanoseconds jitter{0};
};

struct PublisherStatus {
  PublisherIdentity identity{};
  std::string node;
  std::string name;      // of the publisher; the node's where it was given none
  std::int32_t pid = 0;  // 0: of a process that is not known any more
  bool gone = false;     // it closed or died, and left unread messages behind
  std::uint32_t depth = 0;
  std::uint64_t published = 0;
  std::uint64_t bytes = 0;  // payload, in all
  std::uint64_t loan_failures = 0;
  std::uint64_t woken = 0;  // bells rung
  std::optional<std::chrono::nanoseconds>
      newest_age{};                        // of its newest message, where it is stamped
  std::optional<TrafficStatus> traffic{};  // nothing with `stamp: none`
};

struct SubscriptionStatus {
  std::string node;
  std::int32_t pid = 0;
  std::uint32_t depth = 0;
  std::uint32_t history = 0;     // asked for
  std::uint32_t held = 0;        // samples held now
  std::uint32_t held_limit = 0;  // and at most
  std::uint64_t received = 0;
  std::uint64_t lost_overwritten = 0;
  std::uint64_t lost_evicted = 0;
  std::uint64_t lost_refused = 0;
  std::uint64_t lost_publisher_gone = 0;
  std::uint64_t lost_corrupt = 0;
  std::uint64_t lost_upstream = 0;  // before they were published here
  std::uint64_t skipped = 0;        // passed over as asked
  std::uint64_t history_missed = 0;
  std::uint64_t lag = 0;  // messages behind the publisher it is furthest behind
  // Most messages seen waiting in one ring; looked for at every sixteenth message and when some are lost.
  std::uint64_t high_water = 0;

  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_overwritten + lost_evicted + lost_refused + lost_publisher_gone + lost_corrupt;
  }
};

struct TopicType {
  std::string name;
  std::uint64_t hash = 0;
  std::uint32_t bytes = 0;
  std::uint32_t alignment = 1;
  std::string fields;  // their names, types and offsets, in the form the manual describes

  friend bool operator==(const TopicType&, const TopicType&) = default;
};

// How the configuration, or its first user, laid a topic out.
struct TopicSettings {
  std::uint32_t payload_bytes = 0;  // the largest message
  std::uint32_t depth = 0;
  std::uint32_t history = 0;
  std::uint32_t publishers = 0;   // limit
  std::uint32_t subscribers = 0;  // limit
  std::uint32_t held = 0;
  std::uint32_t loans = 0;
  std::string overflow{};  // as the configuration spells it
  bool stamped = true;
};

struct TopicDetail {
  TopicStatus status{};
  TopicType type{};
  TopicSettings settings{};
  std::vector<PublisherStatus> publishers{};
  std::vector<SubscriptionStatus> subscriptions{};
};

}  // namespace tarn
