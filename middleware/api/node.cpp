#include <tarn/node.hpp>

#include <tarn/topic_name.hpp>

#include "middleware/api/publisher_core.hpp"
#include "middleware/api/subscriber_core.hpp"
#include "platform/clock.hpp"

namespace tarn {

namespace {

// Makes the granted ring's area writable and opens the publisher's end of it.
Result<std::unique_ptr<port::PublisherPort>> attach_publisher(pool::PoolMapping& mapping,
                                                              std::uint32_t ring) {
  const pool::PoolView& pool = mapping.view();
  const auto* record = pool.record<directory::RingRecordLayout>(pool.geometry().rings, ring);
  if (record == nullptr) {
    return Failure(Error::make(Errc::Corrupt, 0, "the broker granted ring %u of %u", ring,
                               pool.geometry().rings.count));
  }
  if (auto granted = mapping.grant(record->area_offset, record->area_bytes); !granted) {
    return Failure(granted.error());
  }
  return port::PublisherPort::attach(pool, ring);
}

}  // namespace

Result<Node> Node::open(const NodeOptions& options) {
  auto session = node::Session::open(options);
  if (!session) return Failure(session.error());
  return Node(std::move(*session));
}

Result<detail::PublisherHandle> Node::create_publisher(std::string_view topic,
                                                       const MessageType& type,
                                                       const PublisherOptions& options) {
  if (auto valid = check_user_topic_name(topic); !valid) return Failure(valid.error());
  const auto created = session_->create_publisher(
      {.topic = topic,
       .type = type,
       .loans = options.loans,
       .publisher = options.name.empty() ? session_->name() : options.name});
  if (!created) return Failure(created.error());
  auto port = attach_publisher(*session_->mapping(), created->ring);
  if (!port) {
    (void)session_->close_publisher(
        {.ring = created->ring, .ring_generation = created->ring_generation});
    return Failure(port.error());
  }
  return detail::PublisherHandle(new detail::PublisherCore(session_, std::move(*port)));
}

Result<detail::SubscriberHandle> Node::create_subscriber(std::string_view topic,
                                                         const MessageType& type,
                                                         const SubscriberOptions& options) {
  if (auto valid = check_topic_name(topic); !valid) return Failure(valid.error());
  const auto created = session_->create_subscriber({.topic = topic,
                                                    .type = type,
                                                    .depth = options.depth,
                                                    .history = options.history,
                                                    .held = options.held});
  if (!created) return Failure(created.error());
  auto port = port::SubscriberPort::attach(session_->mapping(), created->subscriber);
  if (!port) {
    (void)session_->close_subscriber(
        {.subscriber = created->subscriber, .generation = created->generation});
    return Failure(port.error());
  }
  return detail::SubscriberHandle(new detail::SubscriberCore(session_, std::move(*port), *created));
}

std::uint64_t stamp_now() noexcept { return platform::monotonic_nanoseconds(); }

}  // namespace tarn
