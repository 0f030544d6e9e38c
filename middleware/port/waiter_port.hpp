// One process's end of a waiter that belongs to no subscription: what a wait set sleeps with, or a thread
// that is woken through a file descriptor. Subscriptions that it sleeps for say so themselves
// (SubscriberPort::sleep_with). It knows the pool and the broker's record, not the broker. Owned by one
// sleeper, one thread; ring() may come from any thread or signal handler. It keeps the mapping.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include <tarn/result.hpp>

#include "middleware/directory/beds.hpp"
#include "middleware/pool/pool_mapping.hpp"
#include "middleware/ring/sleeper.hpp"

namespace tarn::port {

class WaiterPort {
 public:
  // Makes its line writable. Requires: the broker granted waiter `waiter` to this process, with
  // CreateWaiter.
  // Corrupt when the record does not hold together.
  [[nodiscard]] static Result<std::unique_ptr<WaiterPort>> attach(
      std::shared_ptr<pool::PoolMapping> mapping, std::uint32_t waiter);

  // prepare(), marks, fence(), the last look, sleep(), finish(): the caller's, in this order. It lies on
  // its own bell.
  [[nodiscard]] ring::Sleeper& sleeper() noexcept { return sleeper_; }
  // What SubscriberPort::sleep_with() takes.
  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }

  // From its next sleep on it is rung by a datagram to its doorbell; or by a futex again.
  void lie_on_socket() noexcept;
  void lie_on_bell() noexcept;

  // How long its thread may look around before it sleeps, as the domain is configured now.
  [[nodiscard]] std::chrono::nanoseconds spin() const noexcept { return mapping_->spin(); }

  // A sleep was ended by a time-out where a bell was due.
  void count_safety_wakeup() const noexcept { ring::count_safety_wakeup(&bell_->safety_wakeups); }
  // Waiter `waiter` of this process sleeps for it, until it lies elsewhere.
  void sleep_with(std::uint32_t waiter) noexcept;

  // Ends its sleep, or makes the next one return at once. Whatever it is rung for is stored before.
  // Does nothing in a forked child.
  void ring() const noexcept;
  // For whom it was rung since this was asked last, as BellLayout::hints has it. Its own thread's.
  void take_hints(std::span<std::uint64_t, ring::kHintWords> hints) noexcept;
  // It found something although nobody had rung.
  void count_safety_wakeup() noexcept;

 private:
  struct Places {
    ring::WaiterLayout* line;
    ring::BellLayout* bell;
    std::uint32_t index;
  };
  WaiterPort(std::shared_ptr<pool::PoolMapping> mapping, const Places& places) noexcept;

  std::shared_ptr<pool::PoolMapping> mapping_;
  directory::Beds beds_;
  ring::Sleeper sleeper_;
  ring::BellLayout* bell_;
  std::uint32_t index_;
};

}  // namespace tarn::port
