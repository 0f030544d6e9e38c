// Sample<T>: a message taken from a topic, or the reason why there is none. A big message is read
// where the publisher wrote it, in the pool, and stays untouched as long as the Sample lives; a small
// one is a private copy. A Sample may outlive its subscriber and be released on any thread, but one
// thread at a time uses it. A copy of a Sample is the same message once more, for another thread if
// you like. Copies of one in the pool share it, and count once against the subscription's `held` until
// the last of them is gone.
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

template <typename T>
class Subscriber;

// Who published a message, unique within a domain for as long as its pool lives.
struct PublisherIdentity {
  std::uint64_t origin_node = 0;  // 0: this device
  std::uint32_t ring = 0;         // of that device's domain
  std::uint32_t generation = 0;   // of that ring, which others had before

  friend bool operator==(const PublisherIdentity&, const PublisherIdentity&) = default;
};

// Why there is a message, or none.
enum class TakeOutcome : std::uint8_t {
  Empty,        // nothing new, or nothing within the time given
  Taken,        // the sample holds a message
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
// One more sample holds the pin.
void share(const TakenSample& taken) noexcept;

// Room for the private copy of a message that may be small enough to stand in a ring slot.
inline constexpr std::size_t kLargestInlineBytes = kInlineBytesInSlot256;
constexpr std::size_t copy_bytes(std::size_t most_bytes) {
  return most_bytes <= kLargestInlineBytes ? (most_bytes + 7) / 8 * 8 : 0;
}
template <std::size_t kBytes, std::size_t kAlignment>
struct CopyRoom {
  alignas(kAlignment) alignas(8) std::byte bytes[kBytes];
  std::span<std::byte> span() noexcept { return bytes; }
};
template <std::size_t kAlignment>
struct CopyRoom<0, kAlignment> {
  std::span<std::byte> span() noexcept { return {}; }
};

// What the samples of all types have in common.
template <std::size_t kCopyBytes, std::size_t kAlignment>
class SampleHandle {
 public:
  // Lets go of the message; the last copy gives it back.
  ~SampleHandle() { release(); }
  // The other one is empty then.
  SampleHandle(SampleHandle&& other) noexcept { move_from(other); }
  SampleHandle& operator=(SampleHandle&& other) noexcept {
    if (this != &other) {
      release();
      move_from(other);
    }
    return *this;
  }
  // Both hold the message.
  SampleHandle(const SampleHandle& other) noexcept { copy_from(other); }
  SampleHandle& operator=(const SampleHandle& other) noexcept {
    if (this != &other) {
      release();
      copy_from(other);
    }
    return *this;
  }

  // Whether there is a message, and why if there is none.
  explicit operator bool() const noexcept { return taken_.outcome == TakeOutcome::Taken; }
  [[nodiscard]] TakeOutcome outcome() const noexcept { return taken_.outcome; }

  // Counts this publisher's messages from 1.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return taken_.sequence; }
  // When it was published, in nanoseconds of stamp_now(); 0 on topics with `stamp: none`.
  [[nodiscard]] std::uint64_t stamp_ns() const noexcept { return taken_.stamp_ns; }
  // How many messages of this publisher were lost since the sample taken before it.
  [[nodiscard]] std::uint64_t lost_before() const noexcept { return taken_.lost_before; }
  // Who published it.
  [[nodiscard]] const PublisherIdentity& publisher() const noexcept { return taken_.publisher; }

  // Lets go of the message now rather than at the end of scope. Copies keep it.
  void release() noexcept {
    if (taken_.core != nullptr) detail::release(taken_);
    taken_.data = nullptr;
    taken_.outcome = TakeOutcome::Empty;
  }

 protected:
  // Not defaulted, so that a const empty sample may leave its copy room as it is.
  SampleHandle() noexcept {}  // NOLINT(modernize-use-equals-default)

  void move_from(SampleHandle& other) noexcept {
    taken_ = other.taken_;
    move_copy(other);
    other.taken_ = TakenSample{};
  }
  void copy_from(const SampleHandle& other) noexcept {
    taken_ = other.taken_;
    if (taken_.core != nullptr) detail::share(taken_);
    move_copy(other);
  }
  void move_copy(const SampleHandle& other) noexcept {
    if constexpr (kCopyBytes != 0) {
      if (taken_.data == static_cast<const void*>(other.copy_.bytes)) {
        copy_ = other.copy_;
        taken_.data = copy_.bytes;
      }
    }
  }

  TakenSample taken_;
  [[no_unique_address]] CopyRoom<kCopyBytes, kAlignment> copy_;
};

}  // namespace detail

template <typename T>
class Sample : public detail::SampleHandle<detail::copy_bytes(sizeof(T)), alignof(T)> {
  static_assert(require_message<T>());

 public:
  Sample() noexcept = default;  // empty

  // Requires: not empty.
  const T& operator*() const noexcept { return *static_cast<const T*>(this->taken_.data); }
  const T* operator->() const noexcept { return static_cast<const T*>(this->taken_.data); }

 private:
  friend class Subscriber<T>;
};

}  // namespace tarn
