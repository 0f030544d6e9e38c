// Observer: looks at a domain without taking part in it, as the tools do, and TopicWatch, with which it
// reads a topic's messages. Both map the pool read-only, take no place that a publisher or subscriber
// needs, and disturb nobody: counters are read where their owners keep them. What there is to see stays
// readable while the broker is away. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tarn/result.hpp>
#include <tarn/topic_status.hpp>

namespace tarn {

// For Observer::open.
struct ObserverOptions {
  std::string domain = "default";   // 1-32 of [a-z0-9_-]
  std::string runtime_directory{};  // of the domain; empty: looked for as the manual describes
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);  // for the broker's answer
};

// The pool at one moment.
struct PoolStatus {
  std::uint64_t size_bytes = 0;  // the whole budget
  // Bookkeeping, and what publishers have, gone ones not yet read too.
  std::uint64_t used_bytes = 0;
  std::uint64_t reloads = 0;         // configurations that took the place of another
  std::uint64_t reloads_failed = 0;  // tries that left the configuration as it was
  bool last_reload_failed = false;   // the newest of all these
  std::uint64_t last_reload_ns = 0;  // and when that was, CLOCK_MONOTONIC; 0: never
};

// What came of a reload. Keys are spelled as in the configuration file.
struct ReloadReport {
  std::vector<std::string> changed{};  // differ from the configuration before
  std::vector<std::string> live{};     // topics that go by the former one until nobody is on them
  std::vector<std::string> waiting{};  // shape the pool, and wait until the domain is made anew
  // Why the configuration stayed as it was; applied where there is nothing.
  std::vector<std::string> findings{};
  Errc reason = Errc::InvalidConfig;  // of the findings: InvalidConfig where the file is to blame
};

// What can be asked for when a watch begins.
struct WatchOptions {
  // Messages wanted of each publisher from before the watch began; as many as are still there.
  std::uint32_t history = 0;
};

// A message as a watch has copied it.
struct ObservedMessage {
  std::span<const std::byte> payload;  // a copy, aligned as the largest message may be
  std::uint64_t sequence = 0;          // of its publisher
  std::uint64_t stamp_ns = 0;          // CLOCK_MONOTONIC; 0: the topic has no stamps
  std::uint64_t lost_before = 0;  // missed here, or upstream, since this publisher's message before
  PublisherIdentity publisher;    // whose message it is
  std::string_view publisher_name;  // good until the next call, too
};

// received + missed + corrupt == what was published since the watch began, as far as it has looked.
// What a publisher left behind unread, and nobody else wanted, is freed and not known of.
struct WatchCounts {
  std::uint64_t received = 0;  // copied whole
  std::uint64_t missed = 0;    // overwritten before they were copied
  std::uint64_t corrupt = 0;   // out of range in shared memory
  std::uint64_t torn = 0;      // copies thrown away because the publisher wrote meanwhile
};

// Reads the messages of a topic without being one of its subscribers. It copies what publishers leave in
// their rings, holds nothing, and no publisher waits for it or knows of it; so it may miss messages, and
// says how many. It follows publishers as they come and go, and the topic if it goes and comes again.
// One thread at a time; a message is good until the next call.
class TopicWatch {
 public:
  // A watch that was moved from is good for nothing but to be assigned to.
  TopicWatch(TopicWatch&&) noexcept;
  TopicWatch& operator=(TopicWatch&&) noexcept;  // As above.
  ~TopicWatch();

  // The next message, publishers taking turns, or nothing. DomainReset, Forked as Observer::topics.
  // Allocates only when the topic has publishers it has not seen.
  [[nodiscard]] Result<std::optional<ObservedMessage>> try_next();
  // The same, but waits: nothing after `timeout`. Since an observer may not write to the pool, nobody
  // can ring for it: it looks again every kWatchPollMinimum to kWatchPollMaximum.
  [[nodiscard]] Result<std::optional<ObservedMessage>> wait_next(std::chrono::nanoseconds timeout);

  // What the topic carries now; the last known while nobody uses the topic.
  [[nodiscard]] const TopicType& type() const noexcept;
  [[nodiscard]] const WatchCounts& counts() const noexcept;

 private:
  friend class Observer;
  struct State;
  explicit TopicWatch(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

class Observer {
 public:
  // NoBroker names the socket tried. Also InvalidArgument, InvalidRuntime, NotPermitted,
  // VersionMismatch, TooManyObservers, OutOfMemory.
  [[nodiscard]] static Result<Observer> open(const ObserverOptions& options = {});
  ~Observer();
  Observer(Observer&&) noexcept;
  Observer& operator=(Observer&&) noexcept;

  // Every topic that has publishers or subscribers, sorted by name. DomainReset when the pool was
  // given up: open another observer. Forked in a child of the process that opened it.
  [[nodiscard]] Result<std::vector<TopicStatus>> topics() const;
  // One topic with everybody on it. The same errors, and InvalidTopic or NoTopic.
  [[nodiscard]] Result<TopicDetail> topic(std::string_view name) const;
  // Begins to read a topic's messages. The same errors. A watch may outlive its observer, whose place
  // among the domain's observers it then keeps.
  [[nodiscard]] Result<TopicWatch> watch(std::string_view name,
                                         const WatchOptions& options = {}) const;
  // The same errors as topics().
  [[nodiscard]] Result<PoolStatus> pool() const;
  // Makes the broker read its configuration again, and waits until it has. NotPermitted for others than
  // root and the broker's own user; NoBroker, and the same errors as topics().
  [[nodiscard]] Result<ReloadReport> reload(
      std::chrono::nanoseconds timeout = std::chrono::seconds(10));

 private:
  struct State;
  explicit Observer(std::shared_ptr<State> state) noexcept;

  std::shared_ptr<State> state_;  // shared with its watches
};

}  // namespace tarn
