// What subscribers of all types have in common: they own a subscription, or a pattern with those that
// belong to it, and hand out messages without their type. Included by <tarn/subscriber.hpp> alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>

#include <tarn/limits.hpp>
#include <tarn/options.hpp>
#include <tarn/result.hpp>
#include <tarn/sample.hpp>
#include <tarn/text.hpp>

namespace tarn {

struct SubscriberCounts;
struct WildcardCounts;

namespace detail {

class WildcardCore;

// Owns a subscription; closes it, keeping memory under samples that are still out.
class SubscriberHandle {
 public:
  explicit SubscriberHandle(SubscriberCore* core) noexcept : core_(core) {}
  ~SubscriberHandle();
  SubscriberHandle(SubscriberHandle&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)) {}
  SubscriberHandle& operator=(SubscriberHandle&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  void try_take(TakenSample& to, std::span<std::byte> copy_to) noexcept;
  void wait_take(TakenSample& to, std::span<std::byte> copy_to,
                 std::chrono::steady_clock::time_point deadline) noexcept;
  void read_latest(TakenSample& to, std::span<std::byte> copy_to) noexcept;
  [[nodiscard]] SubscriberCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t publisher_count() noexcept;
  [[nodiscard]] Result<void> wait_for_publishers(std::uint32_t count,
                                                 std::chrono::nanoseconds timeout) noexcept;
  [[nodiscard]] EndpointStatus status() noexcept;
  [[nodiscard]] Result<void> seek(std::uint64_t sequence) noexcept;
  [[nodiscard]] Result<void> seek(const PublisherIdentity& publisher,
                                  std::uint64_t sequence) noexcept;
  [[nodiscard]] std::uint32_t topic() const noexcept;  // index of its record
  [[nodiscard]] Result<int> fd();
  [[nodiscard]] SubscriberCore& core() const noexcept { return *core_; }

 private:
  SubscriberCore* core_;
};

// Owns a subscription to a pattern; closes it, keeping memory under samples that are still out.
class WildcardHandle {
 public:
  using TopicName = Text<kMaxTopicNameBytes>;

  explicit WildcardHandle(WildcardCore* core) noexcept : core_(core) {}
  ~WildcardHandle();
  WildcardHandle(WildcardHandle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  WildcardHandle& operator=(WildcardHandle&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  void try_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic) noexcept;
  void wait_take(TakenSample& to, std::span<std::byte> copy_to, TopicName& topic,
                 std::chrono::steady_clock::time_point deadline) noexcept;
  [[nodiscard]] WildcardCounts counts() const noexcept;
  [[nodiscard]] std::uint32_t topic_count() noexcept;
  [[nodiscard]] std::uint32_t publisher_count() noexcept;
  [[nodiscard]] WildcardCore& core() const noexcept { return *core_; }

 private:
  WildcardCore* core_;
};

std::chrono::steady_clock::time_point deadline_after(std::chrono::nanoseconds duration) noexcept;

}  // namespace detail

}  // namespace tarn
