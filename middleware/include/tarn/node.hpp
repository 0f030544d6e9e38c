// Node: one process's, or one component's, session with the broker of its domain. Publishers and
// subscribers are made here and may outlive it. Data flows without the broker; only making and closing
// things needs it. Every call may come from any thread.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tarn/message.hpp>
#include <tarn/options.hpp>
#include <tarn/publisher.hpp>
#include <tarn/result.hpp>
#include <tarn/slice.hpp>
#include <tarn/subscriber.hpp>
#include <tarn/untyped.hpp>
#include <tarn/wait_set.hpp>

namespace tarn {

namespace node {
class Session;
}

class Node {
 public:
  // NoBroker names the socket tried and comes within options.timeout. Also InvalidArgument,
  // InvalidRuntime, NotPermitted, VersionMismatch, TooManyClients, OutOfMemory.
  [[nodiscard]] static Result<Node> open(const NodeOptions& options);

  // `T` is a message, or a Slice of them. InvalidTopic, TypeMismatch with both types, TooLarge with both
  // sizes, PoolFull with bytes needed and free,
  // TooManyTopics, TooManyPublishers, TooManyMemberships, InvalidArgument, NoBroker, Forked.
  template <typename T>
  [[nodiscard]] Result<Publisher<T>> publisher(std::string_view topic,
                                               const PublisherOptions& options = {}) {
    return create_publisher(topic, message_type<T>(), options)
        .map([](detail::PublisherHandle&& handle) { return Publisher<T>(std::move(handle)); });
  }

  // The same errors, and TooManySubscribers, TooManyWaiters. What is published after it returns is
  // received or counted as lost.
  template <typename T>
  [[nodiscard]] Result<Subscriber<T>> subscriber(std::string_view topic,
                                                 const SubscriberOptions& options = {}) {
    return create_subscriber(topic, message_type<T>(), options)
        .map([](detail::SubscriberHandle&& handle) { return Subscriber<T>(std::move(handle)); });
  }

  // Of every topic with a name that matches `pattern`, as check_topic_pattern() has it. `options` ask each
  // topic for what it gives at most: one that gives less is no error, and one that drops messages is not
  // read reliably. The messages of a topic that comes later are received or counted as lost from its first
  // one on; `history` is for topics that are there. InvalidTopic, TooManyPatterns, TooManyWaiters,
  // TooManyMemberships, NoBroker, Forked.
  template <typename T>
  [[nodiscard]] Result<WildcardSubscriber<T>> wildcard_subscriber(
      std::string_view pattern, const SubscriberOptions& options = {}) {
    return create_wildcard(pattern, message_type<T>(), options)
        .map([](detail::WildcardHandle&& handle) {
          return WildcardSubscriber<T>(std::move(handle));
        });
  }

  // The same for bytes of a type known at run time. Where no type is given the subscription takes the
  // topic's, whose publisher or another subscriber must be there first: InvalidTopic.
  [[nodiscard]] Result<UntypedPublisher> untyped_publisher(std::string_view topic,
                                                           const MessageType& type,
                                                           const PublisherOptions& options = {});
  [[nodiscard]] Result<UntypedSubscriber> untyped_subscriber(std::string_view topic,
                                                             const MessageType& type,
                                                             const SubscriberOptions& options = {});
  [[nodiscard]] Result<UntypedSubscriber> untyped_subscriber(std::string_view topic,
                                                             const SubscriberOptions& options = {});

  // A thread's place to wait for many subscriptions at once, of any node of this domain and process.
  // InvalidArgument, TooManyWaiters, NoBroker, Forked.
  [[nodiscard]] Result<WaitSet> wait_set(const WaitSetOptions& options = {});

 private:
  Result<detail::WildcardHandle> create_wildcard(std::string_view pattern, const MessageType& type,
                                                 const SubscriberOptions& options);
  explicit Node(std::shared_ptr<node::Session> session) noexcept : session_(std::move(session)) {}
  Result<detail::PublisherHandle> create_publisher(std::string_view topic, const MessageType& type,
                                                   const PublisherOptions& options);
  Result<detail::SubscriberHandle> create_subscriber(std::string_view topic,
                                                     const MessageType& type,
                                                     const SubscriberOptions& options);

  std::shared_ptr<node::Session> session_;
};

// The clock of every stamp: CLOCK_MONOTONIC in nanoseconds, the same in all processes of a device.
[[nodiscard]] std::uint64_t stamp_now() noexcept;

}  // namespace tarn
