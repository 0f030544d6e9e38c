// What a WildcardSubscriber<T> is made of: the pattern's waiter, and a subscription for each topic that the
// broker has entered it with, which it finds in the pool when the pattern's version has changed. Samples
// belong to the subscription of their topic and may outlive all of this. Owned by the handle; one thread
// at a time. Allocates when it is made and when a topic comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <tarn/result.hpp>
#include <tarn/subscriber.hpp>

#include "middleware/api/attachable.hpp"
#include "middleware/api/subscriber_core.hpp"
#include "middleware/node/session.hpp"
#include "middleware/port/waiter_port.hpp"
#include "middleware/wire/control_messages.hpp"
#include "platform/clock.hpp"

namespace tarn::detail {

class WildcardCore {
 public:
  using TopicName = WildcardHandle::TopicName;

  // Names its waiter by itself. The errors of Node::wildcard_subscriber.
  [[nodiscard]] static Result<std::unique_ptr<WildcardCore>> open(
      std::shared_ptr<node::Session> session, wire::CreatePattern wanted);
  ~WildcardCore();
  WildcardCore(const WildcardCore&) = delete;
  WildcardCore& operator=(const WildcardCore&) = delete;

  [[nodiscard]] bool forked() const noexcept { return session_->forked(); }

  void try_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic) noexcept;
  void wait_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic,
                 platform::MonotonicTime deadline) noexcept;

  [[nodiscard]] WildcardCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t topic_count() noexcept;
  [[nodiscard]] std::uint32_t publisher_count() noexcept;

  // ---- for who waits for several at once, as those of port::SubscriberPort ----

  // For the wait set that it is or will be attached to.
  [[nodiscard]] Attachable& attachable() noexcept { return attachable_; }

  void sleep_with(std::uint32_t waiter) noexcept;
  void sleep_alone() noexcept;
  [[nodiscard]] bool ready() noexcept;
  void mark() noexcept;
  [[nodiscard]] bool stirs() const noexcept;
  [[nodiscard]] std::uint64_t arrivals() const noexcept;

 private:
  static const event::SourceFunctions kSourceFunctions;

  struct Topic {
    SubscriberCore* core;  // destroyed by drop_topic(), when its last sample is gone
    TopicName name;
  };

  WildcardCore(std::shared_ptr<node::Session> session, std::unique_ptr<port::WaiterPort> waiter,
               const wire::WaiterCreated& granted, const wire::PatternCreated& created);

  [[nodiscard]] const directory::PatternRecordLayout& record() const noexcept;
  [[nodiscard]] bool pattern_changed() const noexcept;
  void sync() noexcept;
  [[nodiscard]] bool is_known(std::uint32_t subscriber, std::uint32_t generation) const noexcept;
  [[nodiscard]] bool begin(std::uint32_t subscriber, std::uint32_t generation) noexcept;
  void leave_over() noexcept;
  void leave(std::size_t position) noexcept;
  void take_any(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic) noexcept;
  [[nodiscard]] bool sleep_until(platform::MonotonicTime deadline) noexcept;
  void tell_wait_set() noexcept;
  [[nodiscard]] bool take_interruption() noexcept;
  [[nodiscard]] bool pool_gone() const noexcept;

  std::shared_ptr<node::Session> session_;
  std::unique_ptr<port::WaiterPort> waiter_;
  wire::WaiterCreated granted_;
  wire::PatternCreated created_;
  std::vector<Topic> topics_;
  SubscriberCounts gone_{};  // of topics that were left
  std::uint64_t arrivals_gone_ = 0;
  std::uint64_t safety_wakeups_ = 0;
  std::size_t next_ = 0;  // topic to look at first
  std::uint32_t version_seen_;
  std::optional<std::uint32_t> delegate_;  // who sleeps for it
  Attachable attachable_;
  bool begin_refused_ = false;  // once, for want of memory
  bool interrupted_ = false;
  bool broker_is_gone_ = false;  // at the end of the last wait
};

}  // namespace tarn::detail
