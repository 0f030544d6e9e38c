// Publisher<T>: one publisher of a topic, with a ring of its own that all subscribers read. Made by
// Node::publisher. Movable, and good for nothing once moved from; one thread at a time uses it and its
// loans. Publishing allocates nothing and, while no subscriber sleeps, makes no system call.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/options.hpp>
#include <tarn/result.hpp>

namespace tarn {

template <typename T>
class Publisher;

// What became of a message: it is there for everybody, or for all but so many.
struct Published {
  std::uint64_t sequence = 0;  // of this publisher, from 1
  std::uint32_t woken = 0;     // sleeping subscribers whose bell was rung
  // On a topic that drops the newest messages: subscribers that did not get this one, since they are depth
  // messages behind.
  std::uint32_t refused = 0;
};

// What one publisher did since it was made.
struct PublisherCounts {
  std::uint64_t published = 0;          // messages
  std::uint64_t loan_failures = 0;      // loans refused
  std::uint64_t woken = 0;              // bells rung for sleeping subscribers
  std::uint64_t rejected = 0;           // publishes that found no room, or none in time
  std::uint64_t refused = 0;            // Published::refused, summed up
  std::uint64_t evictions = 0;          // reliable subscriptions demoted to best effort
  std::chrono::nanoseconds blocked{0};  // spent waiting for reliable subscriptions
  std::uint64_t safety_wakeups = 0;     // room found by a time-out instead of a bell: a bug of ours
};

// How a message is published, beyond what its topic says.
struct PublishOptions {
  // On a topic that blocks or rejects: how long to wait for room. 0: not at all; empty: as the topic says.
  std::optional<std::chrono::nanoseconds> timeout{};
  // When the message came to be, of CLOCK_MONOTONIC of this device; 0: now. For who passes messages on.
  std::uint64_t stamp_ns = 0;
  // Messages of the same source that were lost before this one came here; 65535 stands for more.
  std::uint16_t lost_before = 0;
};

namespace detail {

class PublisherCore;

// A loan without its type.
struct LoanedBytes {
  void* data = nullptr;
  PublisherCore* core = nullptr;
  std::uint32_t index = 0;  // chunk, or staging buffer where the topic's messages are inline
  std::uint32_t length_bytes = 0;
};

void give_back(LoanedBytes& loan) noexcept;

// Owns a publisher; closes it once its last loan is gone, too. Counts are of the type's elements, of
// which a message that is no slice has one.
class PublisherHandle {
 public:
  explicit PublisherHandle(PublisherCore* core) noexcept : core_(core) {}
  ~PublisherHandle();
  PublisherHandle(PublisherHandle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  PublisherHandle& operator=(PublisherHandle&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  [[nodiscard]] Result<LoanedBytes> loan(std::size_t count) noexcept;
  [[nodiscard]] Result<Published> publish(LoanedBytes& loan) noexcept;
  [[nodiscard]] Result<Published> publish(LoanedBytes& loan,
                                          const PublishOptions& options) noexcept;
  [[nodiscard]] Result<Published> publish_and_wait(LoanedBytes& loan,
                                                   std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] Result<Published> send(const void* elements, std::size_t count) noexcept;
  [[nodiscard]] Result<Published> send(const void* elements, std::size_t count,
                                       const PublishOptions& options) noexcept;
  // How many elements so many bytes are.
  [[nodiscard]] Result<std::size_t> count_of(std::size_t bytes) const noexcept;
  [[nodiscard]] std::size_t max_elements() const noexcept;
  [[nodiscard]] PublisherCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t subscriber_count() noexcept;
  [[nodiscard]] Result<void> wait_for_subscribers(std::uint32_t count,
                                                  std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] EndpointStatus status() noexcept;

 private:
  PublisherCore* core_;
};

// Owns a loan, and gives it back unless it was published.
class LoanHandle {
 public:
  // What was not published goes back to its publisher.
  ~LoanHandle() { give_back(); }
  // The other one is empty then.
  LoanHandle(LoanHandle&& other) noexcept : bytes_(std::exchange(other.bytes_, LoanedBytes{})) {}
  LoanHandle& operator=(LoanHandle&& other) noexcept {
    if (this != &other) {
      give_back();
      bytes_ = std::exchange(other.bytes_, LoanedBytes{});
    }
    return *this;
  }

  // False once it was published or moved from.
  explicit operator bool() const noexcept { return bytes_.data != nullptr; }

 protected:
  explicit LoanHandle(const LoanedBytes& bytes) noexcept : bytes_(bytes) {}

  void give_back() noexcept {
    if (bytes_.core != nullptr) detail::give_back(bytes_);
  }

  LoanedBytes bytes_;
};

}  // namespace detail

// Memory for one message, to be filled and published, or given back by letting go of it. Uninitialised.
// In the pool where the message is too big for a ring slot, private otherwise.
template <typename T>
class Loan : public detail::LoanHandle {
  static_assert(require_message<T>());

 public:
  // Requires: not published and not moved from.
  T& operator*() const noexcept { return *static_cast<T*>(bytes_.data); }
  T* operator->() const noexcept { return static_cast<T*>(bytes_.data); }

 private:
  friend class Publisher<T>;
  using LoanHandle::LoanHandle;
};

template <typename T>
class Publisher {
  static_assert(require_message<T>());

 public:
  // TooManyLoans when every loan of this publisher is out; Forked.
  [[nodiscard]] Result<Loan<T>> loan() noexcept {
    return handle_.loan(1).map([](const detail::LoanedBytes& bytes) { return Loan<T>(bytes); });
  }

  // Hands the message to every subscriber. On an error the loan is kept.
  // InvalidArgument for a loan of another publisher or one already published; Forked. On a topic that
  // rejects, WouldBlock when a reliable subscription has not taken the oldest message in the ring; on one
  // that blocks, TimedOut when that lasts for the topic's `timeout`.
  [[nodiscard]] Result<Published> publish(Loan<T>&& loan) noexcept {
    return handle_.publish(loan.bytes_);
  }
  // The same, otherwise than the topic says.
  [[nodiscard]] Result<Published> publish(Loan<T>&& loan, const PublishOptions& options) noexcept {
    return handle_.publish(loan.bytes_, options);
  }
  // Rendezvous: publishes, and returns when every reliable subscription has taken the message. Also
  // NotReliable, where the topic drops messages, before anything is done; and TimedOut with a loan that
  // is not kept when the message is out and somebody did not take it in time.
  [[nodiscard]] Result<Published> publish_and_wait(Loan<T>&& loan,
                                                   std::chrono::nanoseconds timeout) noexcept {
    return handle_.publish_and_wait(loan.bytes_, timeout);
  }

  // Copies and publishes, for the small and simple.
  [[nodiscard]] Result<Published> send(const T& message) noexcept {
    return handle_.send(&message, 1);
  }
  // The same, otherwise than the topic says.
  [[nodiscard]] Result<Published> send(const T& message, const PublishOptions& options) noexcept {
    return handle_.send(&message, 1, options);
  }

  // What this publisher did so far.
  [[nodiscard]] PublisherCounts counts() const noexcept { return handle_.counts(); }
  // Subscriptions that read this publisher now.
  [[nodiscard]] std::uint32_t subscriber_count() noexcept { return handle_.subscriber_count(); }
  // Sleeps until at least `count` subscriptions are there, each of which receives or counts as lost
  // whatever is published from then on. TimedOut says how many came; Forked, DomainReset.
  [[nodiscard]] Result<void> wait_for_subscribers(std::uint32_t count,
                                                  std::chrono::nanoseconds timeout) noexcept {
    return handle_.wait_for_subscribers(count, timeout);
  }
  // What this publisher has seen of its subscriptions and of the broker. Zeroes after a fork.
  [[nodiscard]] EndpointStatus status() noexcept { return handle_.status(); }

 private:
  friend class Node;
  explicit Publisher(detail::PublisherHandle handle) noexcept : handle_(std::move(handle)) {}

  detail::PublisherHandle handle_;
};

}  // namespace tarn
