// A Sample is a message taken from a topic, or the reason why there is none. A big message is read
// where the publisher wrote it, in the pool, and stays untouched as long as the Sample lives; a small
// one is a private copy. A Sample may outlive its subscriber and be released on any thread, but one
// thread at a time uses it. One in the pool counts against the subscription's
// `held` until it is gone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include <tarn/error.hpp>
#include <tarn/limits.hpp>
#include <tarn/message.hpp>

namespace tarn {

// Who published a message, unique within a domain for as long as its pool lives.
struct PublisherIdentity {
  std::uint64_t origin_node = 0;  // 0: this device
  std::uint32_t ring = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const PublisherIdentity&, const PublisherIdentity&) = default;
};

enum class TakeOutcome : std::uint8_t {
  Empty,  // nothing new, or nothing within the time given
  Taken,
  TooManyHeld,  // release a sample first; the message stays queued
  Corrupt,      // a publisher wrote nonsense; it was passed over and counted
  Forked,       // this subscriber belongs to the parent process
  DomainReset,  // the pool is gone; open a new node
};

namespace detail {

class SubscriberCore;

// A taken message without its type.
struct TakenSample {
  const void* data = nullptr;
  SubscriberCore* core = nullptr;  // set while a pin is held
  std::uint32_t* pin = nullptr;
  std::uint64_t sequence = 0;
  std::uint64_t stamp_ns = 0;
  std::uint64_t lost_before = 0;
  PublisherIdentity publisher;
  std::uint32_t length_bytes = 0;
  TakeOutcome outcome = TakeOutcome::Empty;
};

void release(TakenSample& taken) noexcept;

// Room for the private copy of a message that may be small enough to stand in a ring slot.
inline constexpr std::size_t kLargestInlineBytes = kInlineBytesInSlot256;
template <typename T>
inline constexpr std::size_t kCopyBytes =
    sizeof(T) <= kLargestInlineBytes ? (sizeof(T) + 7) / 8 * 8 : 0;

template <typename T>
struct CopyRoom {
  alignas(T) alignas(8) std::byte bytes[kCopyBytes<T>];
  std::span<std::byte> span() noexcept { return bytes; }
};
template <typename T>
  requires(kCopyBytes<T> == 0)
struct CopyRoom<T> {
  std::span<std::byte> span() noexcept { return {}; }
};

}  // namespace detail

template <typename T>
class Sample {
  static_assert(require_message<T>());

 public:
  Sample() noexcept = default;  // empty
  ~Sample() { release(); }
  Sample(Sample&& other) noexcept { move_from(other); }
  Sample& operator=(Sample&& other) noexcept {
    if (this != &other) {
      release();
      move_from(other);
    }
    return *this;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  explicit operator bool() const noexcept { return taken_.outcome == TakeOutcome::Taken; }
  [[nodiscard]] TakeOutcome outcome() const noexcept { return taken_.outcome; }

  // Requires: not empty.
  const T& operator*() const noexcept { return *static_cast<const T*>(taken_.data); }
  const T* operator->() const noexcept { return static_cast<const T*>(taken_.data); }

  // Counts this publisher's messages from 1.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return taken_.sequence; }
  // When it was published, in nanoseconds of stamp_now(); 0 on topics with `stamp: none`.
  [[nodiscard]] std::uint64_t stamp_ns() const noexcept { return taken_.stamp_ns; }
  // How many messages of this publisher were lost since the sample taken before it.
  [[nodiscard]] std::uint64_t lost_before() const noexcept { return taken_.lost_before; }
  [[nodiscard]] const PublisherIdentity& publisher() const noexcept { return taken_.publisher; }

  // Lets go of the message now rather than at the end of scope.
  void release() noexcept {
    if (taken_.core != nullptr) detail::release(taken_);
    taken_.data = nullptr;
    taken_.outcome = TakeOutcome::Empty;
  }

 private:
  template <typename>
  friend class Subscriber;

  void move_from(Sample& other) noexcept {
    taken_ = other.taken_;
    if constexpr (detail::kCopyBytes<T> != 0) {
      if (taken_.data == static_cast<const void*>(other.copy_.bytes)) {
        copy_ = other.copy_;
        taken_.data = copy_.bytes;
      }
    }
    other.taken_ = detail::TakenSample{};
  }

  detail::TakenSample taken_;
  [[no_unique_address]] detail::CopyRoom<T> copy_;
};

}  // namespace tarn
