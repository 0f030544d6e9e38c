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
  std::string name;               // of the topic
  std::string type;               // of its messages, by name
  std::uint32_t publishers = 0;   // that have it open
  std::uint32_t subscribers = 0;  // that have it open
  std::uint64_t published = 0;    // messages, of publishers that left unread messages behind too
  std::uint64_t lost = 0;         // messages, summed over the subscriptions
  // Messages per second of all publishers in the last whole second, by their stamps. Nothing where
  // there are none: a topic without a publisher, or one with `stamp: none`, whose rate is told by
  // `published` at two moments.
  std::optional<double> rate_hz{};
};

// What one publisher sent in the last whole second of CLOCK_MONOTONIC, by the stamps of its messages.
// An interval is the time between two consecutive stamps; the later one is in that second.
struct TrafficStatus {
  std::uint64_t messages = 0;                    // published in that second
  std::uint64_t bytes = 0;                       // payload
  std::chrono::nanoseconds interval_mean{0};     // of all intervals
  std::chrono::nanoseconds interval_minimum{0};  // the shortest
  std::chrono::nanoseconds interval_maximum{0};  // the longest
  // The standard deviation of the intervals (of the whole population, as `ros2 topic hz` prints it);
  // one longer than 2.1 s counts as 2.1 s.
  std::chrono::nanoseconds jitter{0};
};

// One publisher of a topic.
struct PublisherStatus {
  PublisherIdentity identity{};         // as its messages carry it
  std::string node;                     // name of its node
  std::string name;                     // of the publisher; the node's where it was given none
  std::int32_t pid = 0;                 // 0: of a process that is not known any more
  bool gone = false;                    // it closed or died, and left unread messages behind
  std::uint32_t depth = 0;              // slots of its ring
  std::uint64_t published = 0;          // messages
  std::uint64_t bytes = 0;              // payload, in all
  std::uint64_t loan_failures = 0;      // loans refused
  std::uint64_t woken = 0;              // bells rung
  std::uint64_t rejected = 0;           // publishes that found no room, or none in time
  std::uint64_t refused = 0;            // times that a subscription had no room for a message
  std::chrono::nanoseconds blocked{0};  // spent waiting for reliable subscriptions
  std::optional<std::chrono::nanoseconds>
      newest_age{};                        // of its newest message, where it is stamped
  std::optional<TrafficStatus> traffic{};  // nothing with `stamp: none`
};

// One subscription to a topic.
struct SubscriptionStatus {
  std::string node;                       // name of its node
  std::int32_t pid = 0;                   // of its process
  std::uint32_t depth = 0;                // most messages kept waiting
  std::uint32_t history = 0;              // asked for
  std::uint32_t held = 0;                 // samples held now
  std::uint32_t held_limit = 0;           // and at most
  std::uint64_t received = 0;             // messages taken
  std::uint64_t lost_overwritten = 0;     // the ring came round first
  std::uint64_t lost_evicted = 0;         // after it was demoted to best effort
  std::uint64_t lost_refused = 0;         // there was no room for them
  std::uint64_t lost_publisher_gone = 0;  // their ring had to make way
  std::uint64_t lost_corrupt = 0;         // out of range in shared memory
  std::uint64_t lost_upstream = 0;        // before they were published here
  std::uint64_t skipped = 0;              // passed over as asked
  std::uint64_t history_missed = 0;       // overwritten before they were read
  std::uint64_t lag = 0;                  // messages behind the publisher it is furthest behind
  // Most messages seen waiting in one ring; looked for at every sixteenth message and when some are lost.
  std::uint64_t high_water = 0;

  // For whatever reason, after they were published here.
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_overwritten + lost_evicted + lost_refused + lost_publisher_gone + lost_corrupt;
  }
};

// What the messages of a topic are.
struct TopicType {
  std::string name;             // as its users gave it
  std::uint64_t hash = 0;       // of name, size, alignment and fields
  std::uint32_t bytes = 0;      // of one message, or one element of a slice
  std::uint32_t alignment = 1;  // in bytes
  std::string fields;           // their names, types and offsets, in the form the manual describes

  friend bool operator==(const TopicType&, const TopicType&) = default;
};

// How the configuration, or its first user, laid a topic out.
struct TopicSettings {
  std::uint32_t payload_bytes = 0;          // the largest message
  std::uint32_t depth = 0;                  // slots of each ring
  std::uint32_t history = 0;                // most a late subscriber may ask for
  std::uint32_t publishers = 0;             // limit
  std::uint32_t subscribers = 0;            // limit
  std::uint32_t orphans = 0;                // publishers that left unread messages behind: limit
  std::uint32_t held = 0;                   // samples a subscriber may hold
  std::uint32_t loans = 0;                  // loans a publisher may have out
  std::string overflow{};                   // as the configuration spells it
  bool stamped = true;                      // messages carry the time
  std::chrono::nanoseconds timeout{0};      // where it blocks: the longest wait of a publish
  std::chrono::nanoseconds evict_after{0};  // where it blocks or rejects; 0: never
  // By a configuration that was replaced since: they change when nobody is on the topic.
  bool former = false;
};

// A topic and everybody on it.
struct TopicDetail {
  TopicStatus status{};                             // its sums
  TopicType type{};                                 // of its messages
  TopicSettings settings{};                         // of its queues
  std::vector<PublisherStatus> publishers{};        // those that left unread messages too
  std::vector<SubscriptionStatus> subscriptions{};  // all there are
};

}  // namespace tarn
