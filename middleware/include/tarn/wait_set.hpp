// WaitSet: one thread waits for any number of subscribers of any types, user events, intervals and
// deadlines, and learns which of them are ready, the most urgent first. What is ready stays so until it
// is taken, and is reported again by the next wait. Made by Node::wait_set. Movable, and good for nothing
// once moved from. The set and what is attached to it belong to one thread at a time; UserEvent::trigger()
// and stop() may come from any thread or signal handler. Attaching allocates, and a topic that comes to an
// attached pattern; nothing else does.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <tarn/result.hpp>
#include <tarn/subscriber.hpp>
#include <tarn/untyped.hpp>

namespace tarn {

// Names what is attached, to its set only; never used again once detached.
enum class AttachmentId : std::uint64_t {};

// Why an attachment is ready.
enum class WaitReason : std::uint8_t {
  Message,         // a take finds something
  Event,           // a user event was triggered
  Interval,        // a period has passed
  DeadlineMissed,  // no message came for AttachOptions::deadline
  Status,          // the subscriber's status() changed
};

// One attachment that is ready, for one reason; with two reasons it is reported twice.
struct Ready {
  AttachmentId id{};                        // what attach() or add_...() answered
  WaitReason reason = WaitReason::Message;  // decides what `count` counts
  // Triggers, periods or missed deadlines since this was reported last; 1 where nothing is counted.
  std::uint64_t count = 1;
};

// What WaitSet::run() calls: anything that can be called with a Ready, or with nothing. It must not throw.
class Callback {
 public:
  Callback() noexcept = default;  // none: such an attachment is for wait() alone
  // Calls it with what is ready.
  template <std::invocable<const Ready&> F>
  Callback(F function) : function_(std::move(function)) {}
  // Calls it with nothing.
  template <std::invocable F>
    requires(!std::invocable<F, const Ready&>)
  Callback(F function)
      : function_([function = std::move(function)](const Ready&) mutable { function(); }) {}

  // Whether there is one.
  explicit operator bool() const noexcept { return static_cast<bool>(function_); }
  // Requires: there is one.
  void operator()(const Ready& ready) const { function_(ready); }

 private:
  std::function<void(const Ready&)> function_;
};

// For WaitSet::attach.
struct AttachOptions {
  Callback callback{};  // for run(), in which every attachment needs one
  // Reports DeadlineMissed when no message came for so long, then again after as long. It runs from the
  // moment the set saw the last one, or from attach(). 0: none.
  std::chrono::nanoseconds deadline{0};
  int priority = 0;     // higher ones are reported first; equal ones take turns
  bool status = false;  // reports Status, too
};

// For Node::wait_set.
struct WaitSetOptions {
  // How long a wait looks around before it sleeps, at most a millisecond. None: as the domain is
  // configured; 0: it sleeps at once.
  std::optional<std::chrono::nanoseconds> spin{};
};

// What a wait set did so far.
struct WaitSetCounts {
  std::uint64_t wakeups = 0;  // sleeps in the kernel that ended
  std::uint64_t safety_wakeups =
      0;  // of these, data found by a time-out instead of a bell: a bug of ours
  std::uint64_t dispatched = 0;  // reported by wait(), or handed to a callback by run()
};

namespace detail {
class WaitSetCore;
class EventTrigger;
}  // namespace detail

// Wakes the wait set it was made by. Copies are the same event. It may outlive the set, and then does
// nothing.
class UserEvent {
 public:
  // From any thread or signal handler; never fails. Triggers that come before the set reports the event
  // are reported together, with their number.
  void trigger() noexcept;
  // What its Ready bears.
  [[nodiscard]] AttachmentId id() const noexcept { return id_; }

 private:
  friend class WaitSet;
  UserEvent(std::shared_ptr<detail::EventTrigger> event, AttachmentId id) noexcept
      : event_(std::move(event)), id_(id) {}

  std::shared_ptr<detail::EventTrigger> event_;
  AttachmentId id_;
};

class WaitSet {
 public:
  ~WaitSet();  // detaches everything; in a callback of this set it ends run() as well, after that callback
  // What is attached goes along.
  WaitSet(WaitSet&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  // As above.
  WaitSet& operator=(WaitSet&& other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }

  // The subscriber may be moved, and used as before, by the set's thread; destroying it detaches it.
  // InvalidArgument for one that is attached already, here or elsewhere, for one of another domain, for
  // a negative deadline, and at kMaxAttachments. Forked. A callback may attach and detach.
  template <typename T>
  [[nodiscard]] Result<AttachmentId> attach(Subscriber<T>& subscriber, AttachOptions options = {}) {
    return attach_subscriber(subscriber.handle_, std::move(options));
  }
  // The same.
  [[nodiscard]] Result<AttachmentId> attach(UntypedSubscriber& subscriber,
                                            AttachOptions options = {}) {
    return attach_subscriber(subscriber.handle_, std::move(options));
  }
  // The same, for all topics of a pattern, those that come later included. Which of them is ready a sample
  // says. InvalidArgument also for AttachOptions::status, since a pattern has none.
  template <typename T>
  [[nodiscard]] Result<AttachmentId> attach(WildcardSubscriber<T>& subscriber,
                                            AttachOptions options = {}) {
    return attach_subscriber(subscriber.handle_, std::move(options));
  }
  // Ready every `period` from now on. It does not drift: periods missed meanwhile are in the count.
  // InvalidArgument for a period that is not positive; also as attach().
  [[nodiscard]] Result<AttachmentId> add_interval(std::chrono::nanoseconds period,
                                                  Callback callback = {}, int priority = 0);
  // The errors of attach().
  [[nodiscard]] Result<UserEvent> add_event(Callback callback = {}, int priority = 0);
  // False if nothing of that id is attached.
  bool detach(AttachmentId id) noexcept;
  // Whether the set leaves it alone for now: what is paused is not reported, wakes nobody, and misses
  // nothing. Costs no more than a look through the attachments. False if nothing of that id is attached.
  bool pause(AttachmentId id, bool paused = true) noexcept;

  // Sleeps until something is ready. What it answers is good until the next call on the set, and empty
  // after `timeout` or stop(). InvalidArgument for a set that nothing is attached to, or from a callback;
  // DomainReset, Forked. A duration of nanoseconds::max() waits for ever, 0 only looks.
  [[nodiscard]] Result<std::span<const Ready>> wait(std::chrono::nanoseconds timeout);
  [[nodiscard]] Result<std::span<const Ready>> wait_until(
      std::chrono::steady_clock::time_point deadline);
  // Waits and calls callbacks until stop(). After each of them, what is more urgent and became ready
  // meanwhile goes first. The errors of wait(), and InvalidArgument where an attachment has no callback.
  [[nodiscard]] Result<void> run();
  // Ends the wait() or run() under way, else the next one, after the callback under way. Several count
  // once. From any thread, callback or signal handler.
  void stop() noexcept;

  // For an event loop of one's own (epoll, poll, libuv, Asio, GLib): readable while something is ready, or
  // due, or the broker went. Then call wait(0ns): what it reports leaves the fd readable, and a wait that
  // finds nothing makes it unreadable. May be readable for nothing. It is the set's: never read it, close
  // it or use it after the set; take it out of the loop before. The first call makes it: System
  // where there are no descriptors left, InvalidRuntime where the domain's path is too long for one more
  // socket; also NoBroker, Forked.
  [[nodiscard]] Result<int> fd();

  // Since it was made.
  [[nodiscard]] WaitSetCounts counts() const noexcept;

 private:
  friend class Node;
  explicit WaitSet(detail::WaitSetCore* core) noexcept : core_(core) {}
  Result<AttachmentId> attach_subscriber(detail::SubscriberHandle& subscriber,
                                         AttachOptions&& options);
  Result<AttachmentId> attach_subscriber(detail::WildcardHandle& subscriber,
                                         AttachOptions&& options);

  detail::WaitSetCore* core_;
};

}  // namespace tarn
