// Observer: looks at a domain without taking part in it, as the tools do. It maps the pool read-only,
// takes no place that a publisher or subscriber needs, and disturbs nobody: counters are read where
// their owners keep them. What it saw stays readable while the broker is away. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tarn/result.hpp>

namespace tarn {

// For Observer::open.
struct ObserverOptions {
  std::string domain = "default";   // 1-32 of [a-z0-9_-]
  std::string runtime_directory{};  // of the domain; empty: looked for as the manual describes
  std::chrono::nanoseconds timeout = std::chrono::seconds(1);  // for the broker's answer
};

// A topic at one moment. Its numbers are those of the publishers and subscriptions it has then.
struct TopicStatus {
  std::string name;               // of the topic
  std::string type;               // of its messages, by name
  std::uint32_t publishers = 0;   // that have it open
  std::uint32_t subscribers = 0;  // that have it open
  std::uint64_t published = 0;    // messages, of publishers that left unread messages behind too
  std::uint64_t lost = 0;         // messages, summed over the subscriptions
};

// The pool at one moment.
struct PoolStatus {
  std::uint64_t size_bytes = 0;  // the whole budget
  std::uint64_t used_bytes =
      0;  // bookkeeping, and what publishers have, gone ones not yet read too
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
  // The same errors.
  [[nodiscard]] Result<PoolStatus> pool() const;

 private:
  struct State;
  explicit Observer(std::unique_ptr<State> state) noexcept;

  std::unique_ptr<State> state_;
};

}  // namespace tarn
