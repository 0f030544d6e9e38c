// Publisher<T>: one publisher of a topic, with a ring of its own that all subscribers read. Made by
// Node::publisher. Movable, and good for nothing once moved from; one thread at a time uses it and its
// loans. Publishing allocates nothing and, while no subscriber sleeps, makes no system call.
#pragma once

#include <cstdint>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/result.hpp>

namespace tarn {

struct Published {
  std::uint64_t sequence = 0;  // of this publisher, from 1
  std::uint32_t woken = 0;     // sleeping subscribers whose bell was rung
};

struct PublisherCounts {
  std::uint64_t published = 0;
  std::uint64_t loan_failures = 0;
  std::uint64_t woken = 0;
};

namespace detail {

class PublisherCore;

// A loan without its type.
struct LoanedBytes {
  void* data = nullptr;
  PublisherCore* core = nullptr;
  std::uint32_t index = 0;  // chunk, or staging buffer where the topic's messages are inline
};

void give_back(LoanedBytes& loan) noexcept;

// Owns a publisher; closes it once its last loan is gone, too.
class PublisherHandle {
 public:
  explicit PublisherHandle(PublisherCore* core) noexcept : core_(core) {}
  ~PublisherHandle();
  PublisherHandle(PublisherHandle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  PublisherHandle& operator=(PublisherHandle&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  [[nodiscard]] Result<LoanedBytes> loan() noexcept;
  [[nodiscard]] Result<Published> publish(LoanedBytes& loan, std::uint32_t length_bytes) noexcept;
  [[nodiscard]] Result<Published> send(const void* payload, std::uint32_t length_bytes) noexcept;
  [[nodiscard]] PublisherCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t subscriber_count() noexcept;

 private:
  PublisherCore* core_;
};

}  // namespace detail

// Memory for one message, to be filled and published, or given back by letting go of it. Uninitialised.
// In the pool where the message is too big for a ring slot, private otherwise.
template <typename T>
class Loan {
  static_assert(require_message<T>());

 public:
  ~Loan() { give_back(); }
  Loan(Loan&& other) noexcept : bytes_(std::exchange(other.bytes_, detail::LoanedBytes{})) {}
  Loan& operator=(Loan&& other) noexcept {
    if (this != &other) {
      give_back();
      bytes_ = std::exchange(other.bytes_, detail::LoanedBytes{});
    }
    return *this;
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  // Requires: not published and not moved from.
  T& operator*() const noexcept { return *static_cast<T*>(bytes_.data); }
  T* operator->() const noexcept { return static_cast<T*>(bytes_.data); }
  // False once it was published or moved from.
  explicit operator bool() const noexcept { return bytes_.data != nullptr; }

 private:
  template <typename>
  friend class Publisher;
  explicit Loan(const detail::LoanedBytes& bytes) noexcept : bytes_(bytes) {}

  void give_back() noexcept {
    if (bytes_.core != nullptr) detail::give_back(bytes_);
  }

  detail::LoanedBytes bytes_;
};

template <typename T>
class Publisher {
  static_assert(require_message<T>());

 public:
  // TooManyLoans when every loan of this publisher is out; Forked.
  [[nodiscard]] Result<Loan<T>> loan() noexcept {
    return handle_.loan().map([](const detail::LoanedBytes& bytes) { return Loan<T>(bytes); });
  }

  // Hands the message to every subscriber. On an error the loan is kept.
  // InvalidArgument for a loan of another publisher or one already published; Forked.
  Result<Published> publish(Loan<T>&& loan) noexcept {
    return handle_.publish(loan.bytes_, sizeof(T));
  }

  // Copies and publishes, for the small and simple.
  Result<Published> send(const T& message) noexcept { return handle_.send(&message, sizeof(T)); }

  [[nodiscard]] PublisherCounts counts() const noexcept { return handle_.counts(); }
  // Subscriptions that read this publisher now.
  [[nodiscard]] std::uint32_t subscriber_count() noexcept { return handle_.subscriber_count(); }

 private:
  friend class Node;
  explicit Publisher(detail::PublisherHandle handle) noexcept : handle_(std::move(handle)) {}

  detail::PublisherHandle handle_;
};

}  // namespace tarn
