// Subscriber<T>: one subscription to a topic. It reads every publisher's ring with cursors of its own,
// in each publisher's order, and knows exactly what it missed. Made by Node::subscriber. Movable, and
// good for nothing once moved from; one thread at a time uses it. Taking allocates nothing and makes
// no system call; waiting sleeps in the kernel and uses no CPU.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <tarn/detail/subscriber_handle.hpp>
#include <tarn/options.hpp>
#include <tarn/result.hpp>
#include <tarn/sample.hpp>

namespace tarn {

// received + lost() + skipped == what the topic's publishers published since the subscription began.
struct SubscriberCounts {
  std::uint64_t received = 0;          // taken
  std::uint64_t lost_overwritten = 0;  // the ring came round before they were taken
  std::uint64_t lost_evicted = 0;      // it was reliable, and too slow for the topic's evict_after
  std::uint64_t lost_refused = 0;  // it was depth messages behind, and the topic drops the newest
  std::uint64_t lost_publisher_gone = 0;  // their dead publisher's ring had to make way
  std::uint64_t lost_corrupt = 0;         // out of range in shared memory
  std::uint64_t skipped = 0;              // passed over by read_latest() or seek(), as asked
  std::uint64_t received_again = 0;       // taken after they were counted once; in no sum
  std::uint64_t lost_upstream = 0;        // lost before they were published here
  std::uint64_t history_received = 0;     // published before it began, and taken
  std::uint64_t history_missed = 0;       // published before it began, asked for, and gone
  std::uint64_t safety_wakeups = 0;  // data found by a time-out instead of a bell: a bug of ours

  // By this subscription, for whichever reason.
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_overwritten + lost_evicted + lost_refused + lost_publisher_gone + lost_corrupt;
  }
};

template <typename T>
class Subscriber {
  static_assert(require_message<typename detail::ElementOf<T>::Type>());

 public:
  // The oldest message not taken yet, or an empty Sample. With several publishers their rings take
  // turns.
  [[nodiscard]] Sample<T> try_take() noexcept {
    Sample<T> sample;
    handle_.try_take(sample.taken_, sample.copy_.span());
    return sample;
  }

  // The same, but sleeps until there is one; an empty Sample after `timeout`, or at once when its
  // outcome() is one that waiting does not change. A duration of
  // nanoseconds::max() waits for ever.
  [[nodiscard]] Sample<T> wait_take(std::chrono::nanoseconds timeout) noexcept {
    return wait_take_until(detail::deadline_after(timeout));
  }
  // The same until a point in time.
  [[nodiscard]] Sample<T> wait_take_until(std::chrono::steady_clock::time_point deadline) noexcept {
    Sample<T> sample;
    handle_.wait_take(sample.taken_, sample.copy_.span(), deadline);
    return sample;
  }

  // The newest message of the topic, by stamp where there are several publishers, whether or not it
  // was taken before. Older ones are passed over and counted as skipped, not lost.
  [[nodiscard]] Sample<T> read_latest() noexcept {
    Sample<T> sample;
    handle_.read_latest(sample.taken_, sample.copy_.span());
    return sample;
  }

  // The next take of this publisher's messages begins with message `sequence`: one that the ring still
  // holds, of the last SubscriberOptions::depth, or the one after the newest. Forward, what was neither
  // taken nor lost yet counts as skipped. Back, what is taken once more counts as received_again and
  // nothing else, with a lost_before() of 0; so received + lost() + skipped == published holds as before.
  // What is overwritten before it is taken once more is not lost anew; a publisher does not wait for it.
  // InvalidArgument when it is not kept, which names the oldest and the newest that are, when the
  // publisher is not being read (any more), or when there are several and none is named; Forked,
  // DomainReset. On any error nothing moves.
  [[nodiscard]] Result<void> seek(std::uint64_t sequence) noexcept {
    return handle_.seek(sequence);
  }
  // The same among the messages of one publisher.
  [[nodiscard]] Result<void> seek(const PublisherIdentity& publisher,
                                  std::uint64_t sequence) noexcept {
    return handle_.seek(publisher, sequence);
  }

  // For an event loop of one's own (epoll, poll, libuv, Asio, GLib): readable while there is something to
  // take, or the broker went. A take that finds nothing makes it unreadable, so a loop may take one message
  // at a time. May be readable for nothing. It is the subscriber's: never read it, close it or use it after
  // the subscriber; take it out of the loop before. Waiting and a publisher cost one system call more.
  // The first call makes it: InvalidArgument for a subscriber that is attached to a wait set (which has
  // an fd of its own), TooManyWaiters, System where there are no descriptors left, InvalidRuntime where
  // the domain's path is too long for one more socket; also NoBroker, Forked, DomainReset.
  [[nodiscard]] Result<int> fd() { return handle_.fd(); }

  // What became of the messages so far.
  [[nodiscard]] SubscriberCounts counts() const noexcept { return handle_.counts(); }
  // Publishers whose rings this subscription reads now; those of dead publishers count until drained.
  [[nodiscard]] std::uint32_t publisher_count() noexcept { return handle_.publisher_count(); }
  // Sleeps until the topic has at least `count` publishers; whatever they publish from then on is
  // received or counted as lost. Takes nothing. TimedOut says how many came; Forked, DomainReset.
  [[nodiscard]] Result<void> wait_for_publishers(std::uint32_t count,
                                                 std::chrono::nanoseconds timeout) noexcept {
    return handle_.wait_for_publishers(count, timeout);
  }
  // What this subscription has seen of the topic's publishers and of the broker. Zeroes after a fork.
  [[nodiscard]] EndpointStatus status() noexcept { return handle_.status(); }

 private:
  friend class Node;
  friend class WaitSet;
  explicit Subscriber(detail::SubscriberHandle handle) noexcept : handle_(std::move(handle)) {}

  detail::SubscriberHandle handle_;
};

// What became of the messages of all topics of a wildcard subscription, former ones included, and of
// the topics.
struct WildcardCounts {
  SubscriberCounts messages{};  // summed over the topics
  std::uint64_t refused_topics =
      0;  // came, but had no place left for it: nothing of them is received
  std::uint64_t type_mismatches = 0;  // topics with such a name that came with another type
};

// A message and the name of its topic.
template <typename T>
class WildcardSample : public Sample<T> {
 public:
  WildcardSample() noexcept = default;  // empty

  // Empty where the sample is.
  [[nodiscard]] std::string_view topic() const noexcept { return topic_.view(); }

 private:
  template <typename>
  friend class WildcardSubscriber;
  detail::WildcardHandle::TopicName topic_;
};

// One subscription to every topic with a name that matches a pattern, those that do not exist yet included:
// "*" stands for one level of a name, "**" for any number of them. A topic that comes is read from its first
// message. One that has no publisher any more, and has been read to its end, is left; it may come again.
// Topics under tarn/ and those of other types are none of it. Made by Node::wildcard_subscriber. Movable,
// and good for nothing once moved from; one thread at a time uses it. Allocates when a topic comes.
template <typename T>
class WildcardSubscriber {
  static_assert(require_message<typename detail::ElementOf<T>::Type>());

 public:
  // What try_take of a Subscriber does, of all topics in turn.
  [[nodiscard]] WildcardSample<T> try_take() noexcept {
    WildcardSample<T> sample;
    handle_.try_take(sample.taken_, sample.copy_.span(), sample.topic_);
    return sample;
  }
  // What wait_take of a Subscriber does. Where there is no topic, it waits for one.
  [[nodiscard]] WildcardSample<T> wait_take(std::chrono::nanoseconds timeout) noexcept {
    return wait_take_until(detail::deadline_after(timeout));
  }
  // The same until a point in time.
  [[nodiscard]] WildcardSample<T> wait_take_until(
      std::chrono::steady_clock::time_point deadline) noexcept {
    WildcardSample<T> sample;
    handle_.wait_take(sample.taken_, sample.copy_.span(), sample.topic_, deadline);
    return sample;
  }

  // What became of messages and topics so far.
  [[nodiscard]] WildcardCounts counts() const noexcept { return handle_.counts(); }
  // Topics it reads now.
  [[nodiscard]] std::uint32_t topic_count() noexcept { return handle_.topic_count(); }
  // Publishers of all of them; those of dead publishers count until drained.
  [[nodiscard]] std::uint32_t publisher_count() noexcept { return handle_.publisher_count(); }

 private:
  friend class Node;
  friend class WaitSet;
  explicit WildcardSubscriber(detail::WildcardHandle handle) noexcept
      : handle_(std::move(handle)) {}

  detail::WildcardHandle handle_;
};

}  // namespace tarn
